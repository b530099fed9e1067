/// How every seed of a run comes from the run's one seed: by mixing, never by adding, so that neighbours share nothing.
public enum Seed {
    /// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection of 64 bits.
    public static func finalize(_ x: UInt64) -> UInt64 {
        var z = x
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A seed made of two: `finalize(finalize(seed + γ) ^ (number + 1)·γ)` with SplitMix64's γ. For one `seed` all
    /// `number`s give different seeds.
    public static func mix(_ seed: UInt64, _ number: UInt64) -> UInt64 {
        let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15
        return finalize(finalize(seed &+ gamma) ^ ((number &+ 1) &* gamma))
    }

    /// A seed made of several, from left to right.
    public static func mix(_ seed: UInt64, _ number: UInt64, _ more: UInt64...) -> UInt64 {
        more.reduce(mix(seed, number)) { mix($0, $1) }
    }

    /// The seed of the `number`-th episode (from 0) of an environment.
    public static func episode(_ number: UInt64, of environmentSeed: UInt64) -> UInt64 { mix(environmentSeed, number) }
}

/// What else than an environment's episodes a run draws random numbers for; each has seeds of its own.
public enum SeedPurpose {
    /// An environment, from whose seed those of its episodes follow.
    public static let environment: UInt64 = 1
    /// What an actor draws: actions, latents.
    public static let acting: UInt64 = 2
    /// What the parameters begin with.
    public static let parameters: UInt64 = 3
    /// Which observations a reservoir keeps and gives.
    public static let reservoir: UInt64 = 4
    /// Episodes that are played to judge.
    public static let evaluation: UInt64 = 5
    /// The order of rows within held batches.
    public static let minibatches: UInt64 = 6
    /// What is drawn from replay.
    public static let replay: UInt64 = 7
    /// What is drawn within dreams.
    public static let dreams: UInt64 = 8
    /// What planners draw.
    public static let planning: UInt64 = 9
    /// Which sequences of a data set are drawn.
    public static let sequences: UInt64 = 10
}

extension Assignment {
    /// Seed of one environment of this actor.
    public func environmentSeed(_ environment: Int) -> UInt64 {
        Seed.mix(runSeed, SeedPurpose.environment, UInt64(ordinal), incarnation, UInt64(environment))
    }

    /// Key of the actor's Philox streams: latent noise and actions.
    public var noiseKey: UInt64 { Seed.mix(runSeed, SeedPurpose.acting, UInt64(ordinal), incarnation) }
}

extension EvaluationRequest {
    /// Key of the Philox stream that actions are drawn from, where the rule draws any.
    package var noiseKey: UInt64 { Seed.mix(seed, SeedPurpose.acting, UInt64(rule.rawValue)) }
}
