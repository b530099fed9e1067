import StarlingBench

/// What `starling bench end-to-end --curve both` found: one training without CURVE and one with it, turn by turn.
struct CurveComparison: Encodable {
    let format = 1
    let recipe: String
    let environment: String
    let machine: Machine
    /// Actor processes, and environments that each steps.
    let actors: Int
    let environmentsPerActor: Int
    /// Turns of both.
    let repeats: Int
    /// Environment steps trained on per second.
    let plainStepsPerSecond: EndToEndReport.Spread
    let curveStepsPerSecond: EndToEndReport.Spread
    /// Of the throughput without CURVE, the part that is left with it, turn by turn.
    let share: EndToEndReport.Spread
    /// Processor microseconds of learner and actors together for an environment step, which other work on the machine
    /// changes less.
    let plainMicrosecondsPerStep: EndToEndReport.Spread
    let curveMicrosecondsPerStep: EndToEndReport.Spread

    /// - Precondition: there is a turn.
    init(_ turns: [(plain: EndToEndReport, curve: EndToEndReport)]) {
        let first = turns[0].plain
        (recipe, environment, machine) = (first.recipe, first.environment, first.machine)
        (actors, environmentsPerActor, repeats) = (first.actors, first.environmentsPerActor, turns.count)
        plainStepsPerSecond = EndToEndReport.Spread(turns.map { ($0.plain.stepsPerSecond.mean, $0.plain.seconds) })
        curveStepsPerSecond = EndToEndReport.Spread(turns.map { ($0.curve.stepsPerSecond.mean, $0.curve.seconds) })
        share = EndToEndReport.Spread(
            turns.map { turn in
                let plain = turn.plain.stepsPerSecond.mean
                return (plain > 0 ? turn.curve.stepsPerSecond.mean / plain : 0, 1)
            })
        plainMicrosecondsPerStep = EndToEndReport.Spread(turns.map { (Self.microsecondsPerStep($0.plain), 1) })
        curveMicrosecondsPerStep = EndToEndReport.Spread(turns.map { (Self.microsecondsPerStep($0.curve), 1) })
    }

    private static func microsecondsPerStep(_ report: EndToEndReport) -> Double {
        let rate = report.stepsPerSecond.mean
        return rate > 0 ? 1e6 * (report.learner.cores.mean + report.actor.cores.mean) / rate : 0
    }

    /// For people.
    var lines: [String] {
        func line(_ name: String, _ spread: EndToEndReport.Spread, _ digits: Int, times factor: Double = 1) -> String {
            let (low, high) = ((factor * spread.minimum).text(digits), (factor * spread.maximum).text(digits))
            return "\(name) \((factor * spread.median).text(digits)) (\(low) … \(high))"
        }
        return [
            "\(recipe) (\(environment)): \(actors) actors × \(environmentsPerActor) environments, \(repeats) turns",
            "\(machine.cores) cores: \(machine.processor)",
            line("steps/s without CURVE", plainStepsPerSecond, 0),
            line("steps/s with CURVE   ", curveStepsPerSecond, 0),
            line("CURVE leaves, in %   ", share, 1, times: 100),
            line("CPU µs/step without  ", plainMicrosecondsPerStep, 2),
            line("CPU µs/step with     ", curveMicrosecondsPerStep, 2),
        ]
    }
}
