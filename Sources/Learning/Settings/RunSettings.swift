package import StarlingAlgorithms
package import StarlingTraining
package import StarlingExperience
package import StarlingMessages
package import StarlingStorage
package import StarlingTransport

/// Everything that a recipe says. The defaults are the initial values here and in the components' own settings, nowhere
/// else; `RunSettings+Keys` gives each its name, its bounds and its reason.
package struct RunSettings: Sendable {
    package var environment = "CartPole-v1"
    /// What the environment is told besides.
    package var environmentOptions = EnvironmentOptions()
    package var algorithm = "ppo"
    package var seed: UInt64 = 1
    /// Environment steps to train on; 0 = no limit.
    package var frames: UInt64 = 0
    package var model = Model()
    package var acting = Acting()
    package var planning = Planning()
    package var latent = LatentSettings()
    /// Of the algorithms that `algorithm` can name.
    package var algorithmSettings = SettingsByAlgorithm()
    package var optimizer = OptimizerSettings()
    package var batch = Batch()
    package var cost = CostLimit()
    package var goal = Goal()
    package var evaluation = Evaluation()
    package var checkpoint = Checkpoints()
    package var journal = Journal()
    package var publish = Publish()
    package var monitoring = Monitoring()
    package var train = Train()

    /// What `algorithm` can name.
    package var algorithms: AlgorithmRegistry

    package init(algorithms: AlgorithmRegistry = .builtIn) { self.algorithms = algorithms }

    /// Layers of the latent policy; see `ModelSpec`.
    package struct Model: Sendable {
        package var convolutions = Convolutions()
        package var residual = Residual()
        package var encoder = [64, 64]
        /// nil: the encoder backwards, convolutions and all.
        package var decoder: [Int]?
        package var deconvolutions = Deconvolutions()
        /// By the name of a part of observations of several.
        package var encoders: [String: Branch] = [:]
        /// Widths of the layers behind those of the parts.
        package var joined = [64]
        package var policy: [Int] = []
        package var value = [64]
        package var valueHead = ValueHead.scalar
        package var valueBinCount = 255
        /// nil: see `valueBins`.
        package var valueLimit: Float?
        package var normalizesHeads = false
        package var activation = ModelSpec.Activation.tanh
        package var latentCount = 8
        package var core = Core.none
        package var coreWidth = 64
        package var frameStack = 1
        /// Width of the embeddings of ids; nil: observations are quantities.
        package var embedding: Int?
        /// Of each categorical variable of the latent; nil: it is numbers.
        package var latentClasses: Int?
        package var likelihood = Likelihood.normal
        /// nil: learned.
        package var variance: Float?
        package var prior = ModelSpec.Prior.standard
        package var observationScale: [Float] = []
        /// nil: see `normalizes`.
        package var normalizesObservations: Bool?
        package var actionDistribution = ModelSpec.ActionDistribution.gaussian

        /// Whether observations are normalised.
        package var normalizes: Bool { normalizesObservations ?? (likelihood == .normal && observationScale.isEmpty && embedding == nil) }

        package enum ValueHead: String, CaseIterable, Sendable { case scalar, twoHot, hlGauss }
        package enum Likelihood: String, CaseIterable, Sendable { case normal, sigmoidNormal, bernoulli }
        package enum Core: String, CaseIterable, Sendable { case none, gru, lstm }

        /// Layer by layer; where `channels` says how many there are, a list of one is for all of them.
        package struct Convolutions: Sendable {
            package var channels: [Int] = []
            package var kernels = [3]
            package var strides = [1]
            package var paddings = [0]
        }

        /// Residual sections in the place of convolutions.
        package struct Residual: Sendable {
            package var channels: [Int] = []
            package var blocks = [2]
        }

        /// Transpose convolutions.
        package struct Deconvolutions: Sendable {
            /// `[C, H, W]` of the image before the first of them.
            package var image: [Int] = []
            package var isImageLinear = false
            package var channels: [Int] = []
            package var kernels = [3]
            package var strides = [1]
            package var paddings = [0]
            package var outputPaddings = [0]
        }
    }

    package struct Acting: Sendable {
        package var latentMode = ActingSpec.LatentMode.mean
        package var unrollLength = 128
        package var environmentsPerUnroll = 4
        package var environmentsPerActor = 4
        /// Whether unrolls travel compressed.
        package var compression = BlockCompression.auto
        /// nil: the algorithm's.
        package var rule: ActingRule?
        package var epsilon: Float = 0.05
        package var epsilonSpread: Float = 0
        package var temperature: Float = 1
    }

    /// How actors look ahead; see `PlanningSpec`.
    package struct Planning: Sendable {
        package var method = Method.none
        /// Whether experience is made by plans; else evaluations alone are.
        package var isActedBy = true
        package var search = PlanningSpec.Search()
        package var crossEntropy = PlanningSpec.CrossEntropy()

        package enum Method: Sendable { case none, search, crossEntropy }
    }

    package struct Batch: Sendable {
        /// Environments side by side in a training batch; whole unrolls, so a multiple of `environmentsPerUnroll`.
        package var columns = 8
        /// Multiplies `columns`; nil: as need be.
        package var scale: Int? = 1
        /// nil: see `RunSettings.pacing`.
        package var maxQueuedBatches: Int?
        package var maxPolicyLag = 16
        /// Bytes of experience that may be granted, in flight or queued.
        package var memoryBytes = 256 << 20
    }

    /// When a run has learned enough.
    package struct Goal: Sendable {
        package var isEnabled = true
        /// Mean return of 100 training episodes at which the goal is tried; nil = the run has no goal.
        package var meanReturn: Float?
        /// What a greedy evaluation must reach beyond it.
        package var margin: Float = 0

        /// What the mean of greedy episodes must be; nil without a goal.
        package var evaluationReturn: Float? { isEnabled ? meanReturn.map { $0 + margin } : nil }

        /// Whether the mean of greedy episodes is goal and margin.
        package func isReached(by evaluation: EvaluationSummary?) -> Bool {
            guard let evaluationReturn, let evaluation else { return false }
            return evaluation.mean >= Double(evaluationReturn)
        }
    }

    package struct Evaluation: Sendable {
        /// Environment steps from one on the way to the next; 0: none but the goal's.
        package var every: UInt64 = 0
        package var episodes = 100
        /// How long an evaluation may take before it is given up.
        package var seconds: Double = 300
    }

    package struct Checkpoints: Sendable {
        package var seconds: Double = 10
        package var kept = 3
    }

    /// Keeps what was acknowledged until a checkpoint covers it.
    package struct Journal: Sendable {
        package var sync = JournalSync.os
        /// Bytes of the journal on disk.
        package var bytes = 2 << 30
    }

    /// What a run keeps of how it got on.
    package struct Monitoring: Sendable {
        /// Between two rows of `metrics.jsonl`, at most; 0: every report has one.
        package var metricsSeconds = 10.0
        /// Whether event files are written for TensorBoard.
        package var tensorBoard = true
    }

    /// How often actors get new parameters.
    package struct Publish: Sendable {
        /// 0: after every update.
        package var maxPerSecond = 0.0
    }

    /// What `starling train` starts beside the learner.
    package struct Train: Sendable {
        package var actors = 2
        /// Threads that share the learner's products.
        package var threads = 1
        package var tuning = Tuning.fixed

        /// How the learner's plan chooses kernels; see `StarlingCompute.Tuning`.
        package enum Tuning: String, CaseIterable, Sendable { case fixed, timed }
    }
}

extension RunSettings {
    package var actingSpec: ActingSpec {
        ActingSpec(
            latentMode: acting.latentMode, unrollLength: acting.unrollLength,
            environmentsPerUnroll: acting.environmentsPerUnroll, rule: actingRule,
            epsilonSpread: actingRule == .epsilon ? acting.epsilonSpread : 0, planning: planningSpec)
    }

    /// How actors look ahead; nil where they don't, or the algorithm learns nothing to plan with, which `check` refuses.
    package var planningSpec: PlanningSpec? {
        guard let discount = planningDiscount else { return nil }
        switch planning.method {
        case .none: return nil
        case .search: return PlanningSpec(.search(planning.search), discount: discount, isForEvaluation: !planning.isActedBy)
        case .crossEntropy:
            return PlanningSpec(.crossEntropy(planning.crossEntropy), discount: discount, isForEvaluation: !planning.isActedBy)
        }
    }

    /// γ of plans.
    package var planningDiscount: Float? { (try? algorithms.entry(named: algorithm))?.planningDiscount(algorithmSettings) }

    /// How actors act.
    package var actingRule: ActingRule {
        acting.rule ?? (try? algorithms.entry(named: algorithm))?.actingRule(algorithmSettings) ?? .sample
    }

    /// What the policy head's numbers mean where they are no logits of π.
    package var actionValues: ActionValues? { (try? algorithms.entry(named: algorithm))?.actionValues(algorithmSettings) }

    /// The numbers that the acting rule goes by; what it doesn't read stays as it is without a rule.
    package var actingScalars: ActingScalars {
        switch actingRule {
        case .sample, .greedy: ActingScalars()
        case .epsilon: ActingScalars(epsilon: acting.epsilon)
        case .boltzmann: ActingScalars(temperature: acting.temperature)
        }
    }

    /// How far experience may be made ahead of the training.
    package var pacing: Pacing {
        switch batch.maxQueuedBatches {
        case 0?: .lockstep
        case let batches?: .fixed(batches: batches)
        case nil: wantsNewestParameters || batch.maxPolicyLag == 0 ? .lockstep : .adaptive(policyLag: batch.maxPolicyLag)
        }
    }

    /// Whether the algorithm can't correct for older parameters.
    package var wantsNewestParameters: Bool {
        (try? algorithms.entry(named: algorithm))?.wantsNewestParameters(algorithmSettings) ?? false
    }

    /// Of a batch to begin with.
    package var unrollsPerBatch: Int { batch.columns * (batch.scale ?? 1) / acting.environmentsPerUnroll }
}
