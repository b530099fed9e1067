import StarlingBench
import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import StarlingStorage

/// A column of the metrics of runs that differ in their seeds alone.
struct RunCurves {
    /// What sets it apart from the others.
    let label: String
    let runs: [RunOverview]
    /// Over the runs, from the first moment that all have.
    let points: [Figure.Point]
    /// What each run's column ended with; of the return that of its greedy episodes, where some were played.
    let finals: [Double]

    private static let pointCount = 200

    /// What a run's column was at each moment.
    private typealias Course = (run: RunOverview, curve: [(Double, Double)])

    /// A run that has no number of the column is passed over, and that is told.
    /// - Throws: where no run has one.
    static func groups(of runs: [RunOverview], _ column: String, over axis: String, _ program: Program) throws -> [RunCurves] {
        var groups: [(settings: RunSettings, courses: [Course])] = []
        var faults: [CommandError] = []
        for run in runs {
            let curve: [(Double, Double)]
            do { curve = try Self.curve(of: run, column, over: axis) } catch {
                faults.append(error)
                continue
            }
            var settings = RunSettings(algorithms: program.algorithms)
            try settings.apply(StoredConfiguration.read(run.paths))
            settings.seed = 0
            let same = groups.firstIndex { settings.keys.differences(of: settings, from: $0.settings).isEmpty }
            if let same { groups[same].courses.append((run, curve)) } else { groups.append((settings, [(run, curve)])) }
        }
        if groups.isEmpty, let fault = faults.first { throw fault }
        for fault in faults { Program.complain("note: passed over: \(fault)") }
        let labels = labels(groups.map { ($0.settings, $0.courses[0].run.recipe) })
        return zip(groups, labels).map { RunCurves($1, $0.courses, column) }
    }

    /// The keys in which groups differ, with the recipe where there are several.
    private static func labels(_ groups: [(settings: RunSettings, recipe: String)]) -> [String] {
        let first = groups[0].settings
        let sameRecipe = groups.allSatisfy { $0.recipe == groups[0].recipe }
        let keys = Set(groups.flatMap { group in first.keys.differences(of: group.settings, from: first).map(\.name) }).sorted()
        return groups.map { group in
            let values = zip(keys, KeyNames.short(keys)).prefix(4).map { key, name in
                "\(name)=\(group.settings.keys.text(of: key, in: group.settings.withoutSecrets))"
            }
            guard sameRecipe else { return group.recipe }
            return values.isEmpty ? group.recipe : values.joined(separator: " ")
        }
    }

    private static func curve(of run: RunOverview, _ column: String, over axis: String) throws(CommandError) -> [(Double, Double)] {
        guard let log = MetricsLog(run.paths) else { throw CommandError("\(run.paths.root) has no metrics yet") }
        let curve = zip(log.numbers(axis), log.numbers(column)).filter { $0.0.isFinite && $0.1.isFinite }
        guard curve.isEmpty else { return curve }
        // A column that is there has no number yet, as returns before the first episode ends.
        let near = log.columns.contains(column) ? nil : NearestName.hint(for: column, among: log.columns)
        throw CommandError("\(run.paths.root) has no number of \(column)\(near.map { "; did you mean \"\($0)\"?" } ?? "")")
    }

    private init(_ label: String, _ courses: [Course], _ column: String) {
        (self.label, runs) = (label, courses.map(\.run))
        let curves = courses.map(\.curve)
        finals = courses.map { run, curve in
            (column == "mean_return" ? run.evaluation?.mean : nil) ?? curve[curve.count - 1].1
        }
        let start = curves.map { $0[0].0 }.max() ?? 0
        let end = curves.map { $0[$0.count - 1].0 }.max() ?? 1
        points = (0..<Self.pointCount).map { number in
            let x = start + (end - start) * Double(number) / Double(Self.pointCount - 1)
            let middle = InterquartileMean(curves.map { Self.value(of: $0, at: x) })
            return Figure.Point(x: x, y: middle.mean, low: middle.low, high: middle.high)
        }
    }

    /// Between the numbers beside it; beyond the last that.
    private static func value(of curve: [(Double, Double)], at x: Double) -> Double {
        var (low, high) = (0, curve.count)
        while low < high {
            let middle = (low + high) / 2
            if curve[middle].0 < x { low = middle + 1 } else { high = middle }
        }
        guard low < curve.count else { return curve[curve.count - 1].1 }
        guard low > 0, curve[low].0 > curve[low - 1].0 else { return curve[low].1 }
        let share = (x - curve[low - 1].0) / (curve[low].0 - curve[low - 1].0)
        return curve[low - 1].1 * (1 - share) + curve[low].1 * share
    }

    static func table(of groups: [RunCurves], _ key: String) -> TextTable {
        var table = TextTable([.init("runs", .leading), .init("n"), .init("last \(key)"), .init("95 %"), .init("frames"), .init("s")])
        for group in groups {
            let last = InterquartileMean(group.finals)
            let seconds = group.runs.compactMap(\.summary).map(\.wallSeconds)
            table.append([
                group.label, "\(group.runs.count)", Quantity.meanReturn(last.mean),
                "\(Quantity.meanReturn(last.low)) … \(Quantity.meanReturn(last.high))",
                Quantity.grouped(Int(group.runs.map { Double($0.frames) }.median)), seconds.isEmpty ? "–" : seconds.median.text(1),
            ])
        }
        return table
    }
}
