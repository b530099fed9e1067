/// Reads the little of JSON that a safetensors header uses: objects, strings and lists of non-negative whole numbers.
/// What else there may be in JSON is an error.
struct HeaderParser {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Goes through `{ "name": <member>, … }`, the parser standing at each member's value when `member` is called.
    mutating func object(
        _ member: (String, inout HeaderParser) throws(SafetensorsError) -> Void
    ) throws(SafetensorsError) {
        try expect("{")
        if skip("}") { return }
        var names: Set<String> = []
        repeat {
            let name = try string()
            guard names.insert(name).inserted else { throw fault("the name \"\(name)\" stands twice") }
            try expect(":")
            try member(name, &self)
        } while skip(",")
        try expect("}")
    }

    /// `[1, 2, 3]`.
    mutating func integers() throws(SafetensorsError) -> [Int] {
        try expect("[")
        if skip("]") { return [] }
        var integers: [Int] = []
        repeat { integers.append(try integer()) } while skip(",")
        try expect("]")
        return integers
    }

    mutating func string() throws(SafetensorsError) -> String {
        try expect("\"")
        var utf8: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: utf8, as: UTF8.self) else { throw fault("text that is no UTF-8") }
                return text
            case UInt8(ascii: "\\"): try appendEscaped(to: &utf8)
            case ..<0x20: throw fault("a control character in a text")
            default: utf8.append(byte)
            }
        }
        throw fault("a text without an end")
    }

    /// Only spaces may follow.
    mutating func end() throws(SafetensorsError) {
        skipSpace()
        guard position == bytes.endIndex else { throw fault("something after the header's object") }
    }

    private mutating func integer() throws(SafetensorsError) -> Int {
        skipSpace()
        let start = position
        while position < bytes.endIndex, (0x30...0x39).contains(bytes[position]) { position += 1 }
        let digits = bytes[start..<position]
        guard !digits.isEmpty, digits.count == 1 || digits.first != 0x30,
            let value = Int(String(decoding: digits, as: UTF8.self))
        else { throw fault("a number that is not whole, too large, or negative") }
        return value
    }

    private mutating func appendEscaped(to utf8: inout [UInt8]) throws(SafetensorsError) {
        switch next() {
        case UInt8(ascii: "\""): utf8.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): utf8.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): utf8.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): utf8.append(0x08)
        case UInt8(ascii: "f"): utf8.append(0x0C)
        case UInt8(ascii: "n"): utf8.append(0x0A)
        case UInt8(ascii: "r"): utf8.append(0x0D)
        case UInt8(ascii: "t"): utf8.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            // A pair of surrogates is one scalar beyond U+FFFF.
            if (0xD800..<0xDC00).contains(code) {
                guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") else { throw fault("half a surrogate") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate") }
            utf8.append(contentsOf: UTF8.encode(scalar)!)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(SafetensorsError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw fault("\\u without four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
        guard skip(character) else { throw fault("no \(character) where one is needed") }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, " \n\r\t".utf8.contains(bytes[position]) { position += 1 }
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private func fault(_ what: String) -> SafetensorsError {
        SafetensorsError(.header, "the safetensors header has \(what) at its byte \(position - bytes.startIndex)")
    }
}
