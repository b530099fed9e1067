import StarlingExperience

extension ModelSpec.Dynamics {
    /// Whether there can be such a model is the model's to tell: see `ModelSpec.validationError`.
    init(_ wire: WireDynamics) throws(MessageError) {
        try Check.count(wire.hidden.count, upTo: WireLimits.layerCount, "model.dynamics.hidden")
        self.init(hidden: wire.hidden.map { Int($0) }, members: Int(wire.members), outcomes: Int(wire.outcomes))
    }

    var wire: WireDynamics {
        var wire = WireDynamics()
        wire.hidden = hidden.map { UInt32($0) }
        (wire.members, wire.outcomes) = (UInt32(members), UInt32(outcomes))
        return wire
    }
}

extension PlanningSpec {
    /// Whether anybody can plan so is `fault`'s to tell.
    init(_ wire: WirePlanning) throws(MessageError) {
        let method: Method
        switch wire.method {
        case .search(let search)?:
            method = .search(
                Search(simulations: Int(search.simulations), considered: Int(search.considered), valueScale: search.valueScale))
        case .crossEntropy(let plans)?:
            method = .crossEntropy(
                CrossEntropy(
                    horizon: Int(plans.horizon), candidates: Int(plans.candidates), elites: Int(plans.elites),
                    iterations: Int(plans.iterations), leastDeviation: plans.leastDeviation))
        case nil: throw MessageError(.outOfRange, "assignment.planning is of no method that is known here")
        }
        self.init(method, discount: wire.discount, isForEvaluation: wire.isForEvaluation)
    }

    var wire: WirePlanning {
        var wire = WirePlanning()
        wire.discount = discount
        wire.isForEvaluation = isForEvaluation
        switch method {
        case .search(let search):
            wire.search.simulations = UInt32(search.simulations)
            wire.search.considered = UInt32(search.considered)
            wire.search.valueScale = search.valueScale
        case .crossEntropy(let method):
            wire.crossEntropy.horizon = UInt32(method.horizon)
            wire.crossEntropy.candidates = UInt32(method.candidates)
            wire.crossEntropy.elites = UInt32(method.elites)
            wire.crossEntropy.iterations = UInt32(method.iterations)
            wire.crossEntropy.leastDeviation = method.leastDeviation
        }
        return wire
    }
}
