package import StarlingEnvironments

extension EnvironmentRegistry.Entry {
    /// The training of an autoencoder, of which options say more. It differentiates, so it is none of those that every actor has.
    package static var trainingRun: Self {
        .init(
            TrainingRun.name, summary: "Train an autoencoder by choosing its learning rate; `scripts/digits small` writes the digits.",
            options: [
                .init("part", "train or test: which instances; default train."),
                .init("architecture", "mixed or reference: which autoencoders; default mixed."),
                .init("actions", "What is chosen, a list of rate, beta, clip and rule; default [rate]."),
                .init("decisions", "Decisions of an episode, 1 to 1000; default 20."),
                .init("updates", "Updates between two decisions, 1 to 100000; default 30."),
                .init("data", "A file of data in the folder of data; default \(TrainingData.usualName)."),
            ]
        ) { options in TrainingRun(try TrainingRun.Settings(options)) }
    }
}

extension TrainingRun.Settings {
    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        self.init()
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
        self.factors = factors
        decisions = try options.integer("decisions", in: 1...1000, default: decisions)
        updatesPerDecision = try options.integer("updates", in: 1...100_000, default: updatesPerDecision)
        guard options.values["data"] != nil else { return }
        guard let data = options.text("data") else { throw options.invalid("data", "must be the name of a file") }
        self.data = data
    }
}
