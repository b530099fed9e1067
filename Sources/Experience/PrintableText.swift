/// Text of others among lines of our own: a name or a reason from the wire, or from an older run's files, must not move the
/// cursor, end a line, or turn the direction of what stands beside it.
package enum PrintableText {
    /// Whether a scalar shows as itself: no control or format character (ESC, bidirectional marks, zero-width joiners), no
    /// separator of lines or paragraphs, nothing that isn't a character.
    package static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    package static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (32..<127).contains($0) } || text.unicodeScalars.allSatisfy(isPlain)
    }

    /// The text with every scalar that isn't plain written as `\u{1B}`.
    package static func escaped(_ text: String) -> String {
        guard !isPlain(text) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isPlain(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return result
    }

    /// Whether a text can be a name of an option: it stands in recipes and in JSON as it is.
    package static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { isNameByte($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// The text as a string of JSON, which is one of YAML too.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where isPlain(scalar): result.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return result + "\""
    }

    /// The text as a value of YAML, without quotes where it can't be taken for anything else.
    package static func bareOrQuoted(_ text: String) -> String {
        let isWord = isName(text) && text.utf8.first.map { $0 > UInt8(ascii: "9") } == true
        return isWord && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) ? text : quoted(text)
    }
}
