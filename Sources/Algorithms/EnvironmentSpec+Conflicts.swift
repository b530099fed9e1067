import StarlingExperience

extension EnvironmentSpec {
    /// Why an algorithm that knows actions of one part alone can't learn here, with the remedy.
    func partsConflict(with algorithm: String) -> String? {
        guard case .multiDiscrete(let counts) = action else { return nil }
        return """
            \(algorithm) knows actions of one part, and those of \(name) have \(counts.count): set algorithm to vtrace, ppo, a2c or reinforce
            """
    }

    /// Why an algorithm that acts or writes where no environment tells a mask can't learn here, with the remedy.
    func masksConflict(with algorithm: String, because reason: String) -> String? {
        guard masksActions else { return nil }
        return """
            \(name) masks actions, and \(algorithm) \(reason): set algorithm to another, as ppo, or environment to one without masks \
            (of gymnasium environment.action_masks to false)
            """
    }
}
