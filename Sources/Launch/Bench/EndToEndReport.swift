import StarlingBench

/// What `starling bench end-to-end` found. As JSON its names are in snake case and stay what they are; a version that means
/// something else by one of them has a higher `format`.
struct EndToEndReport: Encodable {
    let format = 1
    let recipe: String
    let environment: String
    let machine: Machine
    /// Learner and actors spoke over CURVE.
    let curve: Bool
    /// Actor processes, and environments that each steps.
    let actors: Int
    let environmentsPerActor: Int
    let repeats: Int
    /// Measured seconds, of all repeats.
    let seconds: Double
    /// Environment steps trained on per second.
    let stepsPerSecond: Spread
    let updatesPerSecond: Spread
    let learner: LearnerTime
    let actor: ActorTime
    let policyLag: Lag
    let unrolls: Unrolls

    /// One number per repeat. `mean` weighs repeats by their seconds, so that means of shares sum up to 1.
    struct Spread: Encodable {
        let mean: Double
        let median: Double
        let minimum: Double
        let maximum: Double

        /// - Precondition: there is a number.
        init(_ values: [(value: Double, weight: Double)]) {
            let numbers = values.map(\.value)
            let weight = values.reduce(0) { $0 + $1.weight }
            median = numbers.median
            mean = weight > 0 ? values.reduce(0) { $0 + $1.value * $1.weight } / weight : median
            (minimum, maximum) = (numbers.min()!, numbers.max()!)
        }
    }

    /// Shares of the wall time of the learner's thread.
    struct LearnerTime: Encodable {
        let waiting: Spread
        let batching: Spread
        let forward: Spread
        let targets: Spread
        let backward: Spread
        let optimizer: Spread
        let publishing: Spread
        /// What is left: events, reports, evaluations.
        let other: Spread
        /// Processor seconds per second of the whole process, its transport among them.
        let cores: Spread
    }

    /// Shares of the wall time of the loops of all actors.
    struct ActorTime: Encodable {
        let stepping: Spread
        let inference: Spread
        let transport: Spread
        let waiting: Spread
        let evaluating: Spread
        /// Processor seconds per second of all actor processes together.
        let cores: Spread
    }

    /// Updates between acting and training parameters, of all unrolls since the start, warm-up included.
    struct Lag: Encodable {
        let p50: Double
        let p95: Double
        let maximum: Double
    }

    /// In the measured time.
    struct Unrolls: Encodable {
        let produced: UInt64
        let acknowledged: UInt64
        let trained: UInt64
        let tooStale: UInt64
        /// Steps trained on: at most trained × stepsPerUnroll, because rows after a truncation hold none.
        let frames: UInt64
        let stepsPerUnroll: Int
        /// Of those whose fate is known, the part that was not trained on.
        let untrainedShare: Double
    }
}

extension EndToEndReport {
    /// For people.
    var lines: [String] {
        var lines = [
            "\(recipe) (\(environment)): \(actors) actors × \(environmentsPerActor) environments\(curve ? " over CURVE" : ""), \(repeats) repeats in \(seconds.text(1)) s",
            "\(machine.cores) cores: \(machine.processor)",
            "",
            "steps/s    \(stepsPerSecond.median.text(0)) (\(stepsPerSecond.minimum.text(0)) … \(stepsPerSecond.maximum.text(0)))",
            "updates/s  \(updatesPerSecond.median.text(1)) (\(updatesPerSecond.minimum.text(1)) … \(updatesPerSecond.maximum.text(1)))",
            "policy lag p50 \(policyLag.p50.text(0)), p95 \(policyLag.p95.text(0)) updates; \((100 * unrolls.untrainedShare).text(2)) % of the experience not trained on",
            "",
            "share of wall time       mean     min … max",
        ]
        func add(_ title: String, _ cores: Spread, _ rows: [(String, Spread)]) {
            lines.append("\(title), \(cores.mean.text(2)) cores busy (\(cores.minimum.text(2)) … \(cores.maximum.text(2)))")
            for (name, share) in rows {
                lines.append(
                    "  \(padded(name, to: 20)) \(percent(share.mean))  \(percent(share.minimum)) … \(percent(share.maximum))")
            }
        }
        add(
            "learner", learner.cores,
            [
                ("waiting", learner.waiting), ("batching", learner.batching), ("forward", learner.forward),
                ("targets", learner.targets), ("backward", learner.backward), ("optimiser", learner.optimizer),
                ("publishing", learner.publishing), ("other", learner.other),
            ])
        add(
            "actors", actor.cores,
            [
                ("environments", actor.stepping), ("inference", actor.inference), ("transport", actor.transport),
                ("waiting for credit", actor.waiting), ("evaluating", actor.evaluating),
            ])
        return lines
    }

    private func percent(_ share: Double) -> String {
        let text = (100 * share).text(1) + " %"
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
