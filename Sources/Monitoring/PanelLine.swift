/// What a piece of text is, rather than its colour.
package enum TextRole: Hashable, Sendable {
    case plain
    /// Names of things, frames and rules: there, but not in the way.
    case label
    case strong
    /// The curve and the bar.
    case accent
    case good
    case warning
    /// One of several curves.
    case series(Int)

    /// SGR codes of the 16 colours every terminal has, so that the user's own palette decides.
    var code: String? {
        switch self {
        case .plain: nil
        case .label: "2"
        case .strong: "1"
        case .accent: "36"
        case .good: "32"
        case .warning: "33;1"
        case .series(let number): ["36", "33", "35", "32", "34", "31"][number % 6]
        }
    }
}

/// A line of the panel: pieces of text of which every character is one column wide.
package struct PanelLine: Hashable, Sendable {
    package private(set) var pieces: [Piece] = []

    package struct Piece: Hashable, Sendable {
        package var text: String
        package var role: TextRole
    }

    package init() {}

    package init(_ text: String, _ role: TextRole = .plain) { append(text, role) }

    package mutating func append(_ text: String, _ role: TextRole = .plain) {
        if let last = pieces.indices.last, pieces[last].role == role {
            pieces[last].text += text
        } else if !text.isEmpty {
            pieces.append(Piece(text: text, role: role))
        }
    }

    package mutating func append(_ line: PanelLine) { for piece in line.pieces { append(piece.text, piece.role) } }

    /// Columns.
    package var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// Fills with spaces up to a column.
    mutating func pad(to column: Int) { append(String(repeating: " ", count: max(0, column - width))) }

    /// The part that fits, ending in "…" when something is cut.
    func clipped(to width: Int) -> PanelLine {
        guard self.width > width else { return self }
        guard width > 0 else { return PanelLine() }
        var line = PanelLine()
        var left = width - 1
        for piece in pieces where left > 0 {
            line.append(String(piece.text.prefix(left)), piece.role)
            left -= piece.text.count
        }
        line.append("…", pieces.last?.role ?? .plain)
        return line
    }

    /// The line for a terminal.
    package func rendered(colored: Bool, unicode: Bool = true) -> String {
        pieces.map { piece in
            let text = unicode ? piece.text : Self.plainLetters(piece.text)
            guard colored, let code = piece.role.code else { return text }
            return "\u{1B}[\(code)m\(text)\u{1B}[0m"
        }.joined()
    }

    private static func plainLetters(_ text: String) -> String {
        String(text.map { $0.isASCII ? $0 : ["·": "-", "—": "-", "…": "."][$0] ?? "?" })
    }
}
