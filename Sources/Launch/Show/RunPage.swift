import Foundation
import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import StarlingSafetensors
import StarlingStorage

/// A run for people: what it is, how it went, what it is made of, where it stands.
struct RunPage {
    let lines: [String]

    init(_ root: String, _ program: Program) throws {
        guard let run = RunOverview(root, program) else {
            throw CommandError("\(root) holds no run: there is no config.yaml in it")
        }
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(StoredConfiguration.read(run.paths))
        let parameters = CheckpointStore(run.paths).resultParameters(told: { Program.complain("\($0)") })
        lines =
            ["\(run.paths.root)  recipe \(run.recipe), seed \(run.seed), \(run.stateText)", ""] + Self.history(of: run) + [""]
            + ModelPage(settings, program, parameters: parameters?.parameters.map { ($0.name, $0.shape) }).lines
            + Self.differences(settings, of: run, program) + Self.latents(of: run) + [""] + Self.files(of: run, settings)
    }

    private static func history(of run: RunOverview) -> [String] {
        var lines: [String] = []
        if let log = MetricsLog(run.paths) {
            var history = ReturnHistory()
            for value in log.numbers("mean_return") { history.append(value) }
            lines += history.lines(width: min(Terminal.width, 100))
        }
        var words = "\(Quantity.grouped(run.frames)) frames"
        if let summary = run.summary {
            words += ", \(Quantity.grouped(summary.updates)) updates, \(Quantity.grouped(summary.episodes)) episodes in "
            words += "\(String(format: "%.1f", summary.wallSeconds)) s, training at \(Int(summary.framesPerSecond).formatted()) frames/s"
        }
        lines.append("Trained      \(words)")
        if let evaluation = run.evaluation {
            let goal = run.summary?.goal.map { ", goal \(Quantity.trimmed($0))" } ?? ""
            lines.append("Return       \(run.returnText) over \(evaluation.episodes) greedy episodes\(goal)")
            let told = (evaluation.measures ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \(Quantity.meanReturn($0.value))" }
            if !told.isEmpty { lines.append("Of these     \(told.joined(separator: ", "))") }
        } else if run.meanReturn != nil {
            lines.append("Return       \(run.returnText), the mean of the last training episodes")
        }
        return lines
    }

    /// Keys that are other than the recipe's.
    private static func differences(_ settings: RunSettings, of run: RunOverview, _ program: Program) -> [String] {
        guard let file = try? program.recipes.file(run.recipe) else { return [] }
        var recipe = RunSettings(algorithms: program.algorithms)
        guard (try? recipe.apply(file)) != nil else { return [] }
        let differences = settings.keys.differences(of: settings.withoutSecrets, from: recipe)
        guard !differences.isEmpty else { return ["Settings     the recipe's"] }
        return ["Settings     the recipe's, but for"] + differences.map { "  \($0.name): \($0.value)  (recipe: \($0.other))" }
    }

    private static func latents(of run: RunOverview) -> [String] {
        guard let latent = run.summary?.latent else { return [] }
        let probe = latent.probeR2.map { values in
            "State        a linear map of z tells it with R² "
                + values.map { $0.map { String(format: "%.2f", $0) } ?? "-" }.joined(separator: " ")
        }
        return [latent.sentence.map { "Latents      \($0)" }, probe].compactMap(\.self) + latent.warnings.map { "Warning: \($0.message)" }
    }

    private static func files(of run: RunOverview, _ settings: RunSettings) -> [String] {
        let store = CheckpointStore(run.paths)
        let versions = store.versions
        var words = versions.isEmpty ? "none" : "\(versions.count), the newest \(versions[versions.count - 1])"
        if let final = store.finalVersion { words += ", the result \(final)" }
        if let best = store.bestVersion { words += ", the best \(best)" }
        let journal = RunOverview.byteCount(of: run.paths.journal)
        // A run doesn't keep which Python stepped it: other machines have others.
        let python = settings.isOfPython ? " --python PATH" : ""
        let next = (run.state == .killed ? "train --resume --run \(run.paths.root)" : "evaluate \(run.paths.root)") + python
        return [
            "Checkpoints  \(words)",
            "Size         \(Quantity.bytes(run.byteCount))\(journal > 0 ? ", \(Quantity.bytes(journal)) of it journal" : "")",
            "Next         \(Program.invocation) \(versions.isEmpty ? "list runs" : next)",
        ]
    }
}
