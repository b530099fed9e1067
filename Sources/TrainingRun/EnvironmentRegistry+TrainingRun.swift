package import StarlingEnvironments

extension EnvironmentRegistry {
    /// The training of an autoencoder, of which options say more, and the same to be judged in. It differentiates, so it is none of those
    /// that every actor has.
    package static var trainingRuns: EnvironmentRegistry {
        var test = TrainingRun.Settings()
        (test.part, test.architecture) = (.test, .reference)
        return [
            entry(
                TrainingRun.name, "Train an autoencoder by choosing its learning rate; `scripts/digits small` writes the digits.",
                TrainingRun.Settings()),
            entry("\(TrainingRun.name)-test", "The same with one autoencoder, on trainings that TrainingRun never shows.", test),
        ]
    }

    private static func entry(_ name: String, _ summary: String, _ usual: TrainingRun.Settings) -> Entry {
        .init(
            name, summary: summary,
            options: [
                .init("part", "train or test: which instances; default \(usual.part.rawValue)."),
                .init("architecture", "mixed or reference: which autoencoders; default \(usual.architecture.rawValue)."),
                .init("actions", "What is chosen, a list of rate (a factor) or level (the rate), beta, clip, rule; default [rate]."),
                .init("reference", "0 to 1, a cosine's first rate: rewards are beyond its gains; default \(usual.reference), none."),
                .init("decisions", "Decisions of an episode, 1 to 1000; default \(usual.decisions)."),
                .init("updates", "Updates between two decisions, 1 to 100000; default \(usual.updatesPerDecision)."),
                .init("data", "A file of data in the folder of data; default \(usual.data)."),
            ]
        ) { options in
            var settings = usual
            try settings.take(options)
            return TrainingRun(settings)
        }
    }
}

extension TrainingRun.Settings {
    /// Becomes what is told of it.
    package mutating func take(_ options: EnvironmentOptions) throws(EnvironmentError) {
        func names<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> [String] { Choice.allCases.map(\.rawValue) }
        let part = try options.text("part", among: names(TrainingInstance.Part.self), default: part.rawValue)
        let architecture = try options.text(
            "architecture", among: names(TrainingInstance.Architecture.self), default: architecture.rawValue)
        self.part = TrainingInstance.Part(rawValue: part)!
        self.architecture = TrainingInstance.Architecture(rawValue: architecture)!
        let told = try options.texts("actions", default: factors.map(\.rawValue))
        let factors = told.compactMap { ControlFactor(rawValue: $0) }
        guard factors.count == told.count, Set(factors).count == told.count, !told.isEmpty else {
            throw options.invalid("actions", "must be a list of \(names(ControlFactor.self).joined(separator: ", ")), each once at most")
        }
        guard !factors.contains(.rate) || !factors.contains(.level) else {
            throw options.invalid("actions", "must be a list that has rate or level, not both")
        }
        self.factors = factors
        reference = Float(try options.number("reference", in: 0...1, default: Double(reference)))
        decisions = try options.integer("decisions", in: 1...1000, default: decisions)
        updatesPerDecision = try options.integer("updates", in: 1...100_000, default: updatesPerDecision)
        guard options.values["data"] != nil else { return }
        guard let data = options.text("data") else { throw options.invalid("data", "must be the name of a file") }
        self.data = data
    }
}
