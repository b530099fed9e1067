package import StarlingExperience

extension UnrollLayout {
    /// Whether a block of these specs is within the wire's limit. Reckoned in floating point, so that no product of
    /// large numbers overflows.
    package static func fits(_ environment: EnvironmentSpec, _ model: ModelSpec, _ acting: ActingSpec) -> Bool {
        let environments = Double(acting.environmentsPerUnroll)
        let frames = Double(acting.unrollLength + model.frameStack) * Double(environment.observation.byteCount)
        let action = environment.action
        let logits = UnrollSchema.carriesLogits(action) ? action.parameterCount : 0
        // Who acts has them all the same, a row at a time.
        let row = UnrollSchema.carriesLogits(action) ? 0 : Double(action.parameterCount) * 4
        let steps = Double(acting.unrollLength + 1) * Double(logits + action.width + (environment.tellsCost ? 4 : 3)) * 4
        let masks = environment.masksActions ? Double(acting.unrollLength + 1) * Double(action.parameterCount) : 0
        let state = Double(model.core.stateCount) * 4
        let sections = 7 + (environment.masksActions ? 1 : 0) + (environment.tellsCost ? 1 : 0)
        return environments * (frames + steps + masks + state + row) + Double(sections) * 64 <= Double(WireLimits.blockByteCount)
    }
}
