import StarlingAlgorithms
package import StarlingConfiguration
package import StarlingExperience
import StarlingMessages

extension RunSettings {
    /// What no key alone can tell: that the keys agree with each other and with the environment.
    package func check(environment: EnvironmentSpec) throws(ConfigurationError) {
        func refuse(_ message: String) -> ConfigurationError { ConfigurationError(.conflict, message) }
        let width = acting.environmentsPerUnroll
        if batch.columns % width != 0 {
            let divisors = (1...batch.columns).filter { batch.columns % $0 == 0 }.map(String.init)
            throw refuse(
                """
                batch.columns is \(batch.columns), which is no multiple of acting.environments_per_unroll \(width); \
                for these columns it can be \(divisors.joined(separator: ", "))
                """)
        }
        if acting.environmentsPerActor % width != 0 {
            throw refuse(
                """
                acting.environments_per_actor is \(acting.environmentsPerActor), which is no multiple of \
                acting.environments_per_unroll \(width)
                """)
        }
        if acting.latentMode == .noise, !latent.representation.isVariational {
            throw refuse("acting.latent is noise, which needs a sampled latent: set latent.representation to vae or vae_predict")
        }
        let entry = try algorithms.entry(named: algorithm)
        let modelSpec = self.modelSpec(for: environment)
        if entry.needsDiscreteActions(algorithmSettings), let kind = environment.action.kindBesideDiscrete {
            let hasParts = !environment.action.parts.isEmpty
            let others = algorithms.entries.filter {
                !$0.needsDiscreteActions(algorithmSettings)
                    && (!hasParts || $0.conflict(in: algorithmSettings, modelSpec, environment) == nil)
            }
            throw refuse(
                """
                \(algorithm) learns the value of each action, and those of \(environment.name) \(kind): set algorithm to one of \
                \(others.map(\.name).joined(separator: ", "))
                """)
        }
        if let fault = actingRule.fault(for: environment.action) {
            throw refuse(
                "\(acting.rule == nil ? "\(algorithm) acts by the rule" : "acting.rule is") \(actingRule), which doesn't fit \(environment.name): \(fault)"
            )
        }
        if planning.method != .none {
            guard let spec = planningSpec else {
                let others = algorithms.entries.filter { $0.planningDiscount(algorithmSettings) != nil }.map(\.name).joined(separator: ", ")
                throw refuse(
                    "planning.method is \(planning.method == .search ? "search" : "cem"), and \(algorithm) learns no model and no state values: set algorithm to one of \(others)"
                )
            }
            guard latent.representation.predicts else {
                throw refuse("plans go by what the latent's model tells: set latent.representation to vae_predict or predict")
            }
            if let fault = modelSpec.dynamics?.fault { throw refuse("latent.predict_…: \(fault)") }
            if let fault = spec.fault(modelSpec, environment.action) { throw refuse("planning: \(fault)") }
            if planning.method == .crossEntropy, environment.playersAlternate {
                throw refuse("cem plans for one player, and those of \(environment.name) act in turn: set planning.method to search")
            }
        }
        if environment.playersAlternate, let goal = goal.evaluationReturn {
            throw refuse(
                """
                goal.return asks for \(goal), but players of \(environment.name) act in turn, and returns of play against oneself tell \
                nothing: set goal.enabled to false and frames, and evaluate in an environment with an opponent
                """)
        }
        if let conflict = costConflict(environment) { throw refuse(conflict) }
        if let conflict = entry.conflict(in: algorithmSettings, modelSpec, environment) { throw refuse(conflict) }
        let scales = model.observationScale.count
        if scales > 1, scales != environment.observation.count {
            throw refuse(
                """
                model.observation_scale has \(scales) numbers, but an observation of \(environment.name) has \
                \(environment.observation.count) scalars
                """)
        }
        if environment.observation.parts.isEmpty, model.normalizes, latent.representation.hasDecoder, model.likelihood != .normal {
            throw refuse(
                """
                model.likelihood is of observations in 0…1, and normalised ones, which model.normalize_observations asks for, leave \
                that: set model.likelihood to normal
                """)
        }
        if let fault = model.partFault(environment) { throw refuse(fault) }
        if let fault = model.listFault { throw refuse(fault) }
        if model.valueHead == .hlGauss, model.valueLimit == nil {
            throw refuse("model.value_head is hl_gauss, whose bins need a range: set model.value_limit to the largest |return| that can be")
        }
        if let fault = modelSpec.validationError(environment) { throw refuse("model: \(fault)") }
        guard UnrollLayout.fits(environment, modelSpec, actingSpec) else {
            throw refuse(
                """
                an unroll of \(environment.name) is larger than the wire's \(WireLimits.blockByteCount) bytes: lower acting.unroll_length or \
                acting.environments_per_unroll
                """)
        }
        let layout = UnrollLayout(environment: environment, model: modelSpec, acting: actingSpec)
        let batchBytes = layout.byteCount * unrollsPerBatch
        if batch.memoryBytes < batchBytes {
            throw refuse(
                "batch.memory_bytes is \(batch.memoryBytes), but one batch alone takes \(batchBytes) bytes")
        }
    }
}

extension ActionSpec {
    /// What actions are that are no single choice.
    fileprivate var kindBesideDiscrete: String? {
        switch self {
        case .discrete: nil
        case .multiDiscrete(let counts): "have \(counts.count) parts"
        case .continuous: "are continuous"
        }
    }
}
