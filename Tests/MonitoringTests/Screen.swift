/// As much of a terminal as the console needs: lines, carriage return, cursor up, erase to the end; colours and modes
/// are passed over.
struct Screen {
    private(set) var lines = [""]
    private var row = 0

    mutating func show(_ text: String) {
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\n":
                row += 1
                if row == lines.count { lines.append("") }
            case "\r": continue
            case "\u{1B}":
                rest.removeFirst()
                let parameter = String(rest.prefix { !("@"..."~").contains($0) })
                rest = rest.dropFirst(parameter.unicodeScalars.count)
                switch rest.popFirst() {
                case "A": row = max(0, row - (Int(parameter) ?? 1))
                case "J": lines.replaceSubrange(row..., with: [""])
                default: continue
                }
            default: lines[row].unicodeScalars.append(scalar)
            }
        }
    }
}
