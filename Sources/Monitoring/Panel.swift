package import StarlingLearning

/// The live picture of a run: a pure function from what is known to lines.
package struct Panel: Sendable {
    /// What the terminal can show.
    package struct Style: Hashable, Sendable {
        package var width: Int
        package var height: Int
        package var unicode: Bool

        package init(width: Int, height: Int = 24, unicode: Bool = true) {
            self.width = width
            self.height = height
            self.unicode = unicode
        }
    }

    /// What is trained where, such as "cartpole · seed 1 · runs/a".
    package var title: String

    package init(title: String) { self.title = title }

    /// Every line is at most `style.width` wide, and there are at most `style.height`.
    package func lines(history: ReturnHistory, report: LearnerReport, style: Style) -> [PanelLine] {
        // Wider lines are hard to follow.
        let width = min(style.width, 100)
        let body = PanelBody(report: report, history: history, width: width, unicode: style.unicode)
        var lines = [body.header(title)]
        let isTall = style.height >= 16 && width >= 40
        lines += isTall ? [PanelLine()] + body.curve(height: 4) + [PanelLine()] : body.curve(height: 1)
        lines += body.grid()
        if isTall, report.frameLimit != nil { lines.append(PanelLine()) }
        lines += body.progress()
        lines += body.notices()
        return lines.prefix(max(1, style.height)).map { $0.clipped(to: width) }
    }
}
