extension LearningReport {
    /// For people.
    package var text: String {
        let table = Self.aligned([Self.titles] + rows.map(\.cells))
        var lines = [heading, "", table[0]]
        for (row, line) in zip(rows, table.dropFirst()) {
            lines.append(line)
            lines += (row.skipped.map { [$0] } ?? row.measureCells).map { "    \($0)" }
            lines.append("    published: \(row.row.published) (\(row.row.source)); \(row.row.command)")
            lines += row.failures.map { "    failed: \($0)" }
        }
        return (lines + ["", footnote]).joined(separator: "\n")
    }

    /// The table of a page.
    package var markdown: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let titles = Self.titles + ["published", "command"]
        let lines = rows.map { row in
            var cells = row.cells
            cells[4] = ([cells[4]] + row.measureCells).joined(separator: "<br>")
            return line(cells + ["\(row.row.published) (\(row.row.source))", "`\(row.row.command)`"])
        }
        return ([line(titles), "|" + String(repeating: "---|", count: titles.count)] + lines + ["", footnote]).joined(separator: "\n")
    }

    private static let titles = [
        "row", "seeds", "frames: median (least to most)", "s", "return: median (least to most); interquartile mean", "goal", "verdict",
    ]

    private var heading: String { "\(build); \(cores) cores: \(processor)" }

    private var footnote: String {
        let names = seeds.count > 1 ? "seeds \(seeds[0]) to \(seeds[seeds.count - 1])" : "seed \(seeds[0])"
        let lucky = rows.map(\.row).filter { $0.episodes != 100 }.map { "\($0.name) \($0.episodes)" }
        let others = lucky.isEmpty ? "" : " (\(lucky.joined(separator: ", ")))"
        let judged = rows.map(\.row).compactMap { row in row.place.isEmpty ? nil : "\(row.name)'s by `\(row.place.joined(separator: " "))`"
        }
        let elsewhere = judged.isEmpty ? "" : "; \(judged.joined(separator: ", "))"
        let drawn = rows.map(\.row).filter { $0.judgement == .drawn }.map(\.name)
        let rule = drawn.isEmpty ? "" : "; \(drawn.joined(separator: ", ")) are drawn as the policy has it, by `--rule sample`"
        let unseen =
            rows.contains { $0.row.isUnseen } ? " The gap is what episodes in the training's own environment return beyond these." : ""
        return """
            S: \(names). Frames are those trained on, up to the recipe's goal where it has one; s is the median of a training's seconds. \
            Returns are those of `starling evaluate RUN --episodes 100\(others) --seed \(LearningKey.evaluationOffset)+S`\(elsewhere)\(rule); \
            the interquartile mean over seeds, of fewer than four the mean, has its 95 % interval by bootstrap.\(unseen)
            """
    }

    /// Columns side by side, each as wide as its widest cell.
    private static func aligned(_ lines: [[String]]) -> [String] {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            var line = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension LearningReport.Row {
    /// Name, seeds, frames, seconds, return, goal, verdict.
    fileprivate var cells: [String] {
        let verdict = skipped != nil ? "skipped" : isReached ? "reached" : "MISSED"
        let counted = failures.isEmpty ? "\(outcomes.count)" : "\(outcomes.count), \(failures.count) failed"
        guard !runs.isEmpty else { return [row.name, counted, "–", "–", "–", row.goal.words, verdict] }
        let frames = runs.map { Double($0.frames) }
        let returns = runs.map(\.meanReturn)
        let digits = row.goal.digits
        return [
            row.name, counted,
            "\(frames.median.grouped) (\(frames.min()!.grouped) to \(frames.max()!.grouped))",
            runs.map(\.seconds).median.text(1),
            "\(returns.median.text(digits)) (\(returns.min()!.text(digits)) to \(returns.max()!.text(digits))); ".withMinusSigns
                + InterquartileMean(returns).text(digits).withMinusSigns,
            row.goal.words, verdict,
        ]
    }
}

extension LearningReport.Row {
    /// What is measured beside returns, told as these are.
    fileprivate var measureCells: [String] {
        measures.map { name, figures in
            let goal = row.goal.bounds.filter { $0.measure == name }.map { ", goal \($0.words)" }.joined()
            let median = "\(figures.median.text(4)) (\(figures.min()!.text(4)) to \(figures.max()!.text(4))); "
            return "\(name.inWords): " + (median + InterquartileMean(figures).text(4)).withMinusSigns + goal
        }
    }
}

extension LearningGoal {
    /// Digits behind the point that tell returns of this size apart.
    fileprivate var digits: Int {
        let size = abs(meanReturn ?? 0)
        return size < 2 ? 3 : size < 20 ? 2 : 1
    }

    /// In a table's cell.
    package var words: String {
        let least = meanReturn.map { ["≥ \($0.text($0 == $0.rounded() ? 0 : digits))".withMinusSigns] } ?? []
        let all = least + bounds.map { "\($0.measure.inWords) \($0.words)" }
        return "\(scope.rawValue) \(all.joined(separator: ", ")) within \(Double(frames).grouped)"
    }
}

extension LearningBound {
    fileprivate var words: String { "\(side == .atLeast ? "≥" : "≤") \(limit.text(4))".withMinusSigns }
}

extension Double {
    /// `152,320`.
    fileprivate var grouped: String {
        var digits = text(0)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return ([digits[...]] + groups).joined(separator: ",")
    }
}

extension String {
    /// Of a key.
    fileprivate var inWords: String { String(map { $0 == "_" ? " " : $0 }) }

    fileprivate var withMinusSigns: String { String(map { $0 == "-" ? "−" : $0 }) }
}
