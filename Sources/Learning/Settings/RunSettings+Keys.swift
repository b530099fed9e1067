import StarlingAlgorithms
import StarlingTraining
package import StarlingConfiguration
import StarlingExperience
import StarlingMessages
import StarlingStorage

// The one table of what a recipe may say: name, bounds, reason.

extension RunSettings {
    /// Those of the run, and of the algorithms that it can name.
    package var keys: KeyTable<RunSettings> {
        Self.leading + algorithms.keys.inside(\.algorithmSettings) + Self.trailing
    }

    /// What keys were called in recipes and run directories of earlier versions, which are taken all the same.
    private static let formerNames = ["model.ae": "latent.representation", "dyna.ending_cost": "latent.predict_ending_cost"]

    /// A run directory tells all keys, and what was `dyna`'s own meant nothing to others.
    private static func meant(_ settings: [Setting]) -> [Setting] {
        let isDyna = settings.contains { $0.name == "algorithm" && $0.value.description == Dyna.name }
        return settings.filter { isDyna || $0.name != "dyna.ending_cost" }
    }

    private static func renamed(_ setting: Setting) -> Setting {
        formerNames[setting.name].map { Setting(name: $0, value: setting.value, place: setting.place) } ?? setting
    }

    /// Puts the values of a run file into the settings. On an error they are as before.
    package mutating func apply(_ file: RunFile) throws(ConfigurationError) {
        try apply(Self.nameFirst(Self.meant(file.settings).map(Self.renamed)))
    }

    /// Puts the values of `--set key=value` into the settings, in order. On an error they are as before.
    package mutating func apply(assignments: [String]) throws(ConfigurationError) {
        var settings: [Setting] = []
        for assignment in assignments { settings += Self.nameFirst(try Setting.list(assignment: assignment).map(Self.renamed)) }
        try apply(settings)
    }

    private mutating func apply(_ settings: [Setting]) throws(ConfigurationError) {
        do { try keys.apply(settings, to: &self) } catch { throw explained(error, of: settings) }
    }

    private static let leading: KeyTable<RunSettings> =
        KeyTable<RunSettings>([
            environmentKey,
            .text("algorithm", \.algorithm, "What turns rewards into gradients; `starling list` names them."),
            .integer("seed", \.seed, in: 0 ... .max, "Everything random in a run follows from it."),
            .integer(
                "frames", \.frames, in: 0...1_000_000_000_000,
                "Environment steps to train on; 0 = no limit. `starling learner` sets 0 unless told otherwise."),
        ])
        + Model.keys.nested(under: "model", at: \.model)
        + Acting.keys.nested(under: "acting", at: \.acting)
        + Planning.keys.nested(under: "planning", at: \.planning)
        + LatentSettings.keys.nested(under: "latent", at: \.latent)

    private static let trailing: KeyTable<RunSettings> =
        OptimizerSettings.keys.nested(under: "optimizer", at: \.optimizer)
        + Batch.keys.nested(under: "batch", at: \.batch)
        + CostLimit.keys.nested(under: "cost", at: \.cost)
        + Goal.keys.nested(under: "goal", at: \.goal)
        + Evaluation.keys.nested(under: "evaluation", at: \.evaluation)
        + Checkpoints.keys.nested(under: "checkpoint", at: \.checkpoint)
        + Journal.keys.nested(under: "journal", at: \.journal)
        + Publish.keys.nested(under: "publish", at: \.publish)
        + Monitoring.keys.nested(under: "monitoring", at: \.monitoring)
        + Train.keys.nested(under: "train", at: \.train)
}

extension RunSettings.Acting {
    static let keys = KeyTable<Self>([
        .choice(
            "latent", \.latentMode,
            "mean: the policy sees z = μ; noise: z = μ + σε with ε known to the learner. Both have exact ratios."),
        .integer("unroll_length", \.unrollLength, in: 1...4096, "Steps T of an unroll."),
        .integer("environments_per_unroll", \.environmentsPerUnroll, in: 1...4096, "Environments E of an unroll."),
        .integer(
            "environments_per_actor", \.environmentsPerActor, in: 1...65_536,
            "Environments that each thread of an actor steps; a multiple of environments_per_unroll."),
        .choice(
            "compression", \.compression,
            "none; lz4: unrolls travel compressed; auto: where it pays, to 3/4 over a network, to 1/4 within a machine."),
        .choice(
            "rule", \.rule, [("auto", nil)] + ActingRule.allCases.map { (String(describing: $0), $0) },
            "How actors choose: auto: as the algorithm says; sample: from the policy; greedy: the likeliest action; epsilon: any action with probability epsilon, else the likeliest; boltzmann: from softmax(logits / temperature). The last two need discrete actions. Ratios are exact with all of them."
        ),
        .number("epsilon", \.epsilon, in: ActingScalars.epsilons, "Share of actions that the rule epsilon draws from all."),
        .number(
            "epsilon_spread", \.epsilonSpread, in: ActingScalars.epsilonSpreads,
            "How much less than ε some environments of an unroll explore: the i-th of E by ε^(1 + spread·i/(E − 1)). Ape-X has 7 beside an ε of 0.4."
        ),
        .number("temperature", \.temperature, in: ActingScalars.temperatures, "Of the rule boltzmann; 1 is the policy itself."),
    ])
}

extension RunSettings.Planning {
    static let keys = KeyTable<Self>([
        .choice(
            "method", \.method, [("none", .none), ("search", .search), ("cem", .crossEntropy)],
            """
            How actors look ahead with the learned model before they act: none; search: a tree, for discrete actions; cem: the \
            cross-entropy method, for continuous ones.
            """),
        .boolean("acting", \.isActedBy, "Whether actors plan as they make experience; false: only evaluations plan."),
        .integer("simulations", \.search.simulations, in: 1...PlanningSpec.simulationLimit, "Of search: states looked at for one action."),
        .integer("considered", \.search.considered, in: 1...65_536, "Of search: actions that its root looks at, the likeliest."),
        .number(
            "value_scale", \.search.valueScale, in: 1e-6...1e6,
            "Of search: how much values count beside the policy's logits, (50 + visits) · scale · q with q in 0…1."),
        .integer("horizon", \.crossEntropy.horizon, in: 1...PlanningSpec.horizonLimit, "Of cem: steps of a plan."),
        .integer("candidates", \.crossEntropy.candidates, in: 2...PlanningSpec.candidateLimit, "Of cem: plans that are compared."),
        .integer(
            "elites", \.crossEntropy.elites, in: 2...PlanningSpec.candidateLimit, "Of cem: the best of them, which tell where to go on."),
        .integer("iterations", \.crossEntropy.iterations, in: 1...PlanningSpec.iterationLimit, "Of cem: how often."),
        .number(
            "least_deviation", \.crossEntropy.leastDeviation, in: 1e-3...1,
            "Of cem: deviation, where −1…1 are an action's bounds, that no plan falls below; what actors explore by."),
    ])
}

extension RunSettings.Batch {
    static let keys = KeyTable<Self>([
        .integer(
            "columns", \.columns, in: 1...65_536,
            "Environments side by side in a training batch, a multiple of acting.environments_per_unroll."),
        Key<Int>.integer(
            "scale", \.self, in: 1...BatchScale.largest,
            """
            Multiplies columns, and the learning rate by its root (adam, rmsprop) or by itself (sgd) where steps are made of whole batches. \
            auto: 1, doubled while actors and trainer lose nearly half of their time because max_policy_lag lets no more be in flight.
            """
        ).optional("auto", at: \.scale, from: 1),
        Key<Int>.integer(
            "max_queued_batches", \.self, in: 0...1024,
            """
            Batches granted, in flight or queued at a time. 0 = lockstep. auto: as many as keep the trainer from waiting, from 2 to \
            max_policy_lag; or 0 for algorithms that can't correct for older parameters.
            """
        ).optional("auto", at: \.maxQueuedBatches, from: 0),
        .integer(
            "max_policy_lag", \.maxPolicyLag, in: 0...1_000_000,
            "Updates after which an unroll is too old to be trained on: bounds how far actors may be ahead of the training."),
        .integer(
            "memory_bytes", \.memoryBytes, in: 65_536...(1 << 40),
            "Bytes of experience granted, in flight or queued at a time: bounds the learner's memory."),
    ])
}

extension RunSettings.CostLimit {
    static let keys = KeyTable<Self>([
        .optionalNumber(
            "limit", \.limit, in: -1e9...1e9,
            "What an episode may cost on average, where the environment tells costs: the reward is then r − ν·c, with a ν that sees to it."),
        .number("initial", \.initial, in: 0...1e6, "ν at first, in rewards a unit of cost."),
        .number("rate", \.rate, in: 0...1e6, "What ν grows by with an episode that costs one unit more than the limit."),
        .number(
            "damping", \.damping, in: 0...1e6, "What ν has besides while the mean cost of the newest episodes is one unit above the limit."),
        .integer("window", \.window, in: 1...1_000_000, "Episodes of that mean."),
        .number("largest", \.largest, in: 0...1e6, "The most that ν becomes: where no policy keeps the limit it would grow for ever."),
    ])
}

extension RunSettings.Goal {
    static let keys = KeyTable<Self>([
        .boolean("enabled", \.isEnabled, "Whether a reached goal ends the run."),
        .optionalNumber(
            "return", \.meanReturn, in: -1e9...1e9,
            "Mean return of the last 100 training episodes at which the goal is tried."),
        .number("margin", \.margin, in: 0...1e9, "What the greedy evaluation must reach beyond it."),
    ])
}

extension RunSettings.Evaluation {
    static let keys = KeyTable<Self>([
        .integer(
            "every", \.every, in: 0...1_000_000_000_000,
            "Environment steps from one greedy evaluation to the next, whose best parameters stay as checkpoints/best; 0: only the goal is tried, and the end."
        ),
        .integer("episodes", \.episodes, in: 1...WireLimits.episodeCount, "Episodes of every evaluation."),
        .number("seconds", \.seconds, in: 1...1e6, "Time after which an evaluation is given up."),
    ])
}

extension RunSettings.Checkpoints {
    static let keys = KeyTable<Self>([
        .number(
            "seconds", \.seconds, in: 0.01...1e6,
            "Time between checkpoints: what a killed learner makes once more; longer where the disk would be busy for more than a tenth of it."
        ),
        .integer("kept", \.kept, in: 1...1000, "Newest checkpoints that are kept; the final one always is."),
    ])
}

extension RunSettings.Journal {
    static let keys = KeyTable<Self>([
        .choice(
            "sync", \.sync,
            """
            When an unroll is acknowledged. os: the operating system has it, so that a killed learner loses nothing; disk: \
            the disk has it, so that a machine without power loses nothing; none: at once, and what a killed learner had \
            not trained on is lost.
            """),
        .integer(
            "bytes", \.bytes, in: 1 << 20...1 << 50,
            "Bytes that the journal may take on disk; checkpoints come often enough to keep it below."),
    ])
}

extension RunSettings.Publish {
    static let keys = KeyTable<Self>([
        .number(
            "max_per_second", \.maxPerSecond, in: 0...1_000_000,
            """
            Versions that actors get a second, at most; 0: one after every update. Fewer save a learner of many machines bytes, and make \
            experience older. In lockstep and in serial runs every version has its batch.
            """)
    ])
}

extension RunSettings.Monitoring {
    static let keys = KeyTable<Self>([
        .number(
            "metrics_seconds", \.metricsSeconds, in: 0...3600,
            """
            Seconds between two rows of metrics.jsonl, at most. For some minutes a run has four a second, then one whenever a thousandth of its \
            time has passed, and none is further from the next than this; each tells of all the time since the one before. A day is some 30 MB, \
            each after it 20; with 0, which keeps four a second, 900.
            """),
        .boolean("tensorboard", \.tensorBoard, "Whether the run directory gets event files that TensorBoard reads, in tensorboard/."),
    ])
}

extension RunSettings.Train {
    static let keys = KeyTable<Self>([
        .integer("actors", \.actors, in: 1...1024, "Actor processes that `starling train` starts."),
        .integer(
            "threads", \.threads, in: 1...64,
            "Threads that share the learner's work; more than one pays when a step takes milliseconds and cores are free."),
        .choice(
            "tuning", \.tuning,
            "fixed: the learner's kernels follow from shapes alone; timed: large products are timed when a run starts, in less than a second, and the choice is kept in tuning.json and in checkpoints. Serial runs are fixed, on one thread."
        ),
    ])
}
