package import StarlingExperience

extension UnrollLayout {
    /// Whether a block of these specs is within the wire's limit. Reckoned in floating point, so that no product of
    /// large numbers overflows.
    package static func fits(_ environment: EnvironmentSpec, _ acting: ActingSpec) -> Bool {
        let rows = Double(acting.unrollLength + 1) * Double(acting.environmentsPerUnroll)
        let row = Double(environment.observation.byteCount) + Double(environment.action.parameterCount + environment.action.width + 3) * 4
        return rows * row + 6 * 64 <= Double(WireLimits.blockByteCount)
    }
}
