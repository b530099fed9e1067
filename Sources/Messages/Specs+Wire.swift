import StarlingExperience

extension EnvironmentSpec {
    init(_ wire: WireEnvironment) throws(MessageError) {
        let name = try Check.name(wire.name, "environment.name")
        self.init(
            name: name, observation: try ObservationSpec(wire),
            action: try Self.action(wire.action, of: name),
            observationLimit: try Self.limit(wire.observationLimit, "environment.observation_limit"),
            rewardLimit: try Self.limit(wire.rewardLimit, "environment.reward_limit"), playersAlternate: wire.playersAlternate,
            masksActions: wire.masksActions, tellsCost: wire.tellsCost, options: try EnvironmentOptions(wire.options))
        if masksActions, action.parts.isEmpty {
            throw MessageError(.outOfRange, "environment \(name) masks actions that are no choices")
        }
    }

    private static func limit(_ wire: Float, _ field: String) throws(MessageError) -> Float {
        guard wire != 0 else { return usualLimit }
        guard limits.contains(wire) else {
            throw MessageError(.outOfRange, "\(field) is \(wire); allowed are \(limits.lowerBound) to \(limits.upperBound)")
        }
        return wire
    }

    var wire: WireEnvironment {
        var wire = WireEnvironment()
        wire.name = name
        observation.write(to: &wire)
        if observationLimit != Self.usualLimit { wire.observationLimit = observationLimit }
        if rewardLimit != Self.usualLimit { wire.rewardLimit = rewardLimit }
        wire.playersAlternate = playersAlternate
        wire.masksActions = masksActions
        wire.tellsCost = tellsCost
        if !options.isEmpty { wire.options = options.wire }
        switch action {
        case .discrete(let count): wire.discrete = UInt32(count)
        case .multiDiscrete(let counts): wire.multiDiscrete.counts = counts.map { UInt32($0) }
        case .continuous(let low, let high):
            wire.continuous.low = low
            wire.continuous.high = high
        }
        return wire
    }

    private static func action(
        _ wire: WireEnvironment.OneOf_Action?, of name: String
    ) throws(MessageError) -> ActionSpec {
        switch wire {
        case .discrete(let count)?:
            return .discrete(Int(try Check.number(count, in: 1...UInt32(WireLimits.scalarCount), "environment.discrete")))
        case .multiDiscrete(let parts)?:
            try Check.count(parts.counts.count, upTo: WireLimits.actionWidth, "environment.multi_discrete")
            var (counts, sum): ([Int], Int) = ([], 0)
            for count in parts.counts {
                counts.append(Int(try Check.number(count, in: 1...UInt32(WireLimits.scalarCount), "environment.multi_discrete")))
                sum += Int(count)
            }
            guard (1...WireLimits.scalarCount).contains(sum) else {
                throw MessageError(
                    .outOfRange, "environment.multi_discrete has \(sum) choices in all; allowed are 1 to \(WireLimits.scalarCount)")
            }
            return .multiDiscrete(counts)
        case .continuous(let bounds)?:
            try Check.count(bounds.low.count, upTo: WireLimits.actionWidth, "environment.continuous")
            let action = ActionSpec.continuous(low: bounds.low, high: bounds.high)
            if let fault = action.fault { throw MessageError(.outOfRange, "environment.continuous: \(fault)") }
            return action
        case nil: throw MessageError(.outOfRange, "environment \(name) has no kind of action that is known here")
        }
    }
}

extension ModelSpec {
    init(_ wire: WireModel) throws(MessageError) {
        let likelihood = try Likelihood(
            variance: wire.likelihood.normalVariance, isBernoulli: wire.likelihood == .bernoulli(true), mean: wire.normalMean,
            learnsVariance: wire.learnsVariance, "model")
        try Check.count(wire.observationScale.count, upTo: WireLimits.scalarCount, "model.observation_scale")
        let scale = try Check.finite(wire.observationScale, "model.observation_scale")
        guard !scale.contains(0) else { throw MessageError(.outOfRange, "model.observation_scale holds a 0") }
        self.init(
            encoder: try Trunk(wire.encoder, "model.encoder"), decoder: try Trunk(wire.decoder, "model.decoder"),
            policy: try Trunk(wire.policy, "model.policy"), value: try Trunk(wire.value, "model.value"),
            activation: try Check.value(wire.activation, "model.activation"),
            latentCount: Int(try Check.number(wire.latentCount, in: 1...65_536, "model.latent_count")),
            likelihood: likelihood, representation: try Check.value(wire.representation, "model.representation"),
            observationScale: scale,
            actionDistribution: try Check.value(wire.actionDistribution, "model.action_distribution"),
            core: try Core(wire),
            // Absent from models that see one frame.
            frameStack: max(1, Int(try Check.number(wire.frameStack, in: 0...UInt32(Self.frameStackLimit), "model.frame_stack"))),
            normalizesObservations: wire.normalizesObservations, normalizesHeads: wire.normalizesHeads,
            prior: wire.learnsPrior ? .learned : .standard, valueBins: wire.hasValueBins ? try ValueBins(wire.valueBins) : nil,
            dynamics: wire.hasDynamics ? try Dynamics(wire.dynamics) : nil,
            embedding: wire.embedding == 0 ? nil : Int(try Check.number(wire.embedding, in: 1...65_536, "model.embedding")),
            latentClasses: wire.latentClasses == 0
                ? nil : Int(try Check.number(wire.latentClasses, in: 2...65_536, "model.latent_classes")),
            branches: try Branch.list(wire.branches))
    }

    var wire: WireModel {
        var wire = WireModel()
        wire.encoder = encoder.wire
        wire.decoder = decoder.wire
        wire.policy = policy.wire
        wire.value = value.wire
        wire.activation = UInt32(activation.rawValue)
        wire.latentCount = UInt32(latentCount)
        (wire.likelihood, wire.normalMean, wire.learnsVariance) =
            switch likelihood {
            case .normal(.fixed(let variance), let mean): (.normalVariance(variance), UInt32(mean.rawValue), false)
            // What an actor wants to see of before this was known: it computes with none.
            case .normal(.learned, let mean): (.normalVariance(1), UInt32(mean.rawValue), true)
            case .bernoulli: (.bernoulli(true), 0, false)
            }
        wire.representation = UInt32(representation.rawValue)
        wire.observationScale = observationScale
        wire.actionDistribution = UInt32(actionDistribution.rawValue)
        switch core {
        case .none: break
        case .gru(let width): wire.core.gru = UInt32(width)
        case .lstm(let width): wire.core.lstm = UInt32(width)
        }
        wire.frameStack = frameStack == 1 ? 0 : UInt32(frameStack)
        wire.normalizesObservations = normalizesObservations
        wire.normalizesHeads = normalizesHeads
        wire.learnsPrior = prior == .learned
        if let valueBins { wire.valueBins = valueBins.wire }
        if let dynamics { wire.dynamics = dynamics.wire }
        wire.embedding = UInt32(embedding ?? 0)
        wire.latentClasses = UInt32(latentClasses ?? 0)
        wire.branches = branches.map(\.wire)
        return wire
    }
}

extension ModelSpec.ValueBins {
    /// Whether there can be as many and as far is the model's to tell: see `ModelSpec.validationError`.
    fileprivate init(_ wire: WireValueBins) throws(MessageError) {
        self.init(
            try Check.value(wire.projection, "model.value_bins.projection"),
            count: Int(try Check.number(wire.count, in: 0...UInt32(Self.countLimit), "model.value_bins.count")), limit: wire.limit)
    }

    fileprivate var wire: WireValueBins {
        var wire = WireValueBins()
        wire.projection = UInt32(projection.rawValue)
        wire.count = UInt32(count)
        wire.limit = limit
        return wire
    }
}

extension ModelSpec.Core {
    fileprivate init(_ wire: WireModel) throws(MessageError) {
        guard wire.hasCore else {
            self = .none
            return
        }
        switch wire.core.kind {
        case .gru(let width)?: self = .gru(Int(try Check.number(width, in: 1...65_536, "model.core.gru")))
        case .lstm(let width)?: self = .lstm(Int(try Check.number(width, in: 1...65_536, "model.core.lstm")))
        case nil: throw MessageError(.outOfRange, "model.core is of no kind that is known here")
        }
    }
}

extension Assignment {
    init(_ wire: WireAssignment) throws(MessageError) {
        let environment = try EnvironmentSpec(wire.environment)
        let model = try ModelSpec(wire.model)
        guard [0, 1, environment.observation.count].contains(model.observationScale.count) else {
            throw MessageError(
                .outOfRange,
                "model.observation_scale has \(model.observationScale.count) entries; allowed are 0, 1 or \(environment.observation.count)")
        }
        if let fault = model.validationError(environment) { throw MessageError(.outOfRange, "assignment.model: \(fault)") }
        let acting = ActingSpec(
            latentMode: try Check.value(wire.latentMode, "assignment.latent_mode"),
            unrollLength: Int(try Check.number(wire.unrollLength, in: 1...65_536, "assignment.unroll_length")),
            environmentsPerUnroll: Int(
                try Check.number(wire.environmentsPerUnroll, in: 1...65_536, "assignment.environments_per_unroll")),
            rule: try Check.value(wire.actingRule, "assignment.acting_rule"),
            epsilonSpread: try Check.number(wire.epsilonSpread, in: ActingScalars.epsilonSpreads, "assignment.epsilon_spread"),
            planning: wire.hasPlanning ? try PlanningSpec(wire.planning) : nil)
        if let fault = acting.rule.fault(for: environment.action) {
            throw MessageError(.outOfRange, "assignment.acting_rule: \(fault)")
        }
        if let fault = acting.planning?.fault(model, environment.action) {
            throw MessageError(.outOfRange, "assignment.planning: \(fault)")
        }
        guard UnrollLayout.fits(environment, model, acting) else {
            throw MessageError(.outOfRange, "an unroll of more than \(WireLimits.blockByteCount) bytes")
        }
        let environments = Int(
            try Check.number(wire.environmentsPerActor, in: 1...1_048_576, "assignment.environments_per_actor"))
        guard environments % acting.environmentsPerUnroll == 0 else {
            throw MessageError(
                .outOfRange,
                "assignment.environments_per_actor \(environments) is no multiple of environments_per_unroll \(acting.environmentsPerUnroll)"
            )
        }
        self.init(
            run: try Check.text(wire.run, "assignment.run"), environment: environment, model: model, acting: acting,
            ordinal: wire.ordinal, runSeed: wire.runSeed, incarnation: wire.incarnation,
            environmentsPerActor: environments)
    }

    var wire: WireAssignment {
        var wire = WireAssignment()
        wire.run = run
        wire.environment = environment.wire
        wire.model = model.wire
        wire.latentMode = UInt32(acting.latentMode.rawValue)
        wire.unrollLength = UInt32(acting.unrollLength)
        wire.environmentsPerUnroll = UInt32(acting.environmentsPerUnroll)
        wire.ordinal = ordinal
        wire.runSeed = runSeed
        wire.incarnation = incarnation
        wire.environmentsPerActor = UInt32(environmentsPerActor)
        wire.actingRule = UInt32(acting.rule.rawValue)
        wire.epsilonSpread = acting.epsilonSpread
        if let planning = acting.planning { wire.planning = planning.wire }
        return wire
    }
}
