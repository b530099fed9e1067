import Glibc

/// What lets in who is not on this machine. It is in a file and in no log, page or metric.
package struct AccessToken: Sendable {
    private let text: [UInt8]
    /// Shorter ones can be guessed.
    private static let leastLength = 16

    /// - Returns: nil for what is none: at least 16 letters, digits and the like on one line.
    package init?(_ text: some StringProtocol) {
        let line = text.utf8.reversed().drop { $0 == 10 || $0 == 13 }.reversed()
        let bytes = Array(line)
        guard bytes.count >= Self.leastLength, bytes.count <= 1024,
            bytes.allSatisfy({ $0 > 32 && $0 < 127 && !"\",;\\".utf8.contains($0) })
        else { return nil }
        self.text = bytes
    }

    /// By chance.
    package static func random() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<32).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }

    /// Takes the same time however much of it is right.
    package func matches(_ other: some StringProtocol) -> Bool {
        let bytes = Array(other.utf8)
        var difference = UInt8(bytes.count == text.count ? 0 : 1)
        for (place, byte) in text.enumerated() { difference |= byte ^ (place < bytes.count ? bytes[place] : 0) }
        return difference == 0
    }
}
