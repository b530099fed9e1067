package import StarlingCompute

/// Times steps on request, so that another program can take turns with it: lines “MODEL ROWS THREADS train|act REPEATS” are
/// answered with the seconds of each repeat, as `scripts/benchmarks/pytorch_models.py` does.
package struct ComputeServer {
    private var training: [String: TrainingStep] = [:]
    private var acting: [String: ActingStep] = [:]

    private let tuning: Tuning

    package init(tuning: Tuning) { self.tuning = tuning }

    /// Answers one request; a line that is none is answered with what is wrong.
    package mutating func answer(_ line: String) throws(ComputeError) -> String {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 5, let model = ReferenceModel(rawValue: words[0]), let rows = Int(words[1]), rows > 0,
            let threads = Int(words[2]), (1...64).contains(threads), let repeats = Int(words[4]), repeats > 0
        else { return "failed: write MODEL ROWS THREADS train|act REPEATS, not “\(line)”" }
        let key = words.prefix(3).joined(separator: " ")
        let body: () -> Void
        switch words[3] {
        case "train":
            if training[key] == nil {
                training[key] = try TrainingStep(model, rows: rows, threads: threads, tuning: tuning)
                for _ in 0..<2 { training[key]!.run() }
            }
            body = training[key]!.run
        case "act":
            if acting[key] == nil {
                acting[key] = try ActingStep(model, rows: rows)
                for _ in 0..<2 { acting[key]!.run() }
            }
            body = acting[key]!.run
        default: return "failed: train or act, not “\(words[3])”"
        }
        return (0..<repeats).map { _ in String(Timing.measure(body)) }.joined(separator: " ")
    }
}
