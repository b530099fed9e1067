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
}
