import StarlingEnvironments
package import StarlingTrainingRun

/// Trains the same instances by several schedules and tells what their autoencoders are worth on pictures that none has seen.
package struct ScheduleBench {
    /// Instances, the settings of their trainings and the data.
    package let instances: [TrainingInstance]
    package let settings: TrainingRun.Settings
    private let trainings: TrainingFactory
    /// Initial rates of the cosines and of what is held first, of which the best on these very instances counts.
    private static let cosineRates: [Float] = [1e-3, 3e-3, 1e-2, 2e-2, 3e-2, 5e-2]

    package init(_ instances: [TrainingInstance], _ settings: TrainingRun.Settings, _ trainings: TrainingFactory) {
        (self.instances, self.settings, self.trainings) = (instances, settings, trainings)
    }

    /// What one kind of schedule came to.
    package struct Row: Sendable {
        package let name: String
        /// Of the test, nats a picture, instance by instance.
        package let elbos: [Double]
        /// Rates at the decisions, instance by instance.
        package let rates: [[Float]]
        package var mean: Double { elbos.reduce(0, +) / Double(elbos.count) }
    }

    /// The place of the best cosine among the baselines, and that of the initial rates.
    package static let (initialRate, bestCosine) = (0, 1)

    /// The initial rates as they are, the best cosine, the best that is held first, reduce-on-plateau, and choices at random.
    /// - Parameter progress: told each row that is done.
    package func baselines(_ progress: (Row) -> Void) -> [Row] {
        var rows: [Row] = []
        func add(_ row: Row) {
            progress(row)
            rows.append(row)
        }
        add(row("initial rate") { _ in .constant })
        let cosines = Self.cosineRates.map { rate in row("best cosine, from \(rate)") { _ in .cosine(rate) } }
        if let best = cosines.max(by: { $0.mean < $1.mean }) { add(best) }
        let held = Self.cosineRates.map { rate in row("best held for 40 %, then cosine, from \(rate)") { _ in .held(rate) } }
        if let best = held.max(by: { $0.mean < $1.mean }) { add(best) }
        add(row("halved on plateaus") { _ in .plateau })
        add(
            row("random choices") { number in
                var random = SeededGenerator(seed: UInt64(number))
                return .chosen((0..<settings.decisions).map { _ in random.below(settings.factors.actionCount) })
            })
        return rows
    }

    /// What a policy chose, one list an instance.
    /// - Parameter factors: what its actions choose.
    /// - Returns: also what each training gained on the validation.
    package func row(_ name: String, chosen: [[Int]], of factors: [ControlFactor]) -> (row: Row, gains: [Double]) {
        var settings = settings
        settings.factors = factors
        let outcomes = zip(instances, chosen).map { Schedule.chosen($1).train($0, trainings, settings) }
        return (Row(name, outcomes), outcomes.map(\.gain))
    }

    private func row(_ name: String, _ schedule: (Int) -> Schedule) -> Row {
        Row(name, instances.enumerated().map { schedule($0).train($1, trainings, settings) })
    }
}

extension ScheduleBench.Row {
    init(_ name: String, _ outcomes: [Schedule.Outcome]) {
        self.init(name: name, elbos: outcomes.map(\.test.elbo), rates: outcomes.map(\.rates))
    }
}
