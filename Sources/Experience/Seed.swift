/// How every seed of a run comes from the run's one seed.
public enum Seed {
    /// Mixes values into one well-spread 64-bit number: the SplitMix64 finaliser (Steele, Lea & Flood 2014),
    /// chained over the values. The order matters.
    public static func mix(_ values: UInt64...) -> UInt64 {
        var state: UInt64 = 0
        for value in values {
            var x = (state ^ value) &+ 0x9E37_79B9_7F4A_7C15
            x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
            x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
            state = x ^ (x >> 31)
        }
        return state
    }
}

extension Assignment {
    /// Seed of one environment of this actor.
    public func environmentSeed(_ environment: Int) -> UInt64 {
        Seed.mix(runSeed, UInt64(ordinal), incarnation, 1, UInt64(environment))
    }

    /// Key of the actor's Philox streams: latent noise and actions.
    public var noiseKey: UInt64 { Seed.mix(runSeed, UInt64(ordinal), incarnation, 2) }
}
