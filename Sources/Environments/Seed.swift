/// How one seed becomes many: by mixing, never by adding, so that neighbours share nothing.
@usableFromInline
package enum Seed {
    /// The finalizer of SplitMix64: a bijection of 64 bits.
    static func finalize(_ x: UInt64) -> UInt64 {
        var z = x
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A seed made of two: `finalize(finalize(seed + γ) ^ (number + 1)·γ)` with SplitMix64's γ. For one `seed` all
    /// `number`s give different seeds.
    package static func mix(_ seed: UInt64, _ number: UInt64) -> UInt64 {
        let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15
        return finalize(finalize(seed &+ gamma) ^ ((number &+ 1) &* gamma))
    }

    /// The seed of an environment of an actor: from the run's seed, the actor's ordinal, its start (0 in serial
    /// mode) and the environment's index within the actor.
    package static func environment(runSeed: UInt64, ordinal: UInt32, incarnation: UInt64, index: Int) -> UInt64 {
        mix(mix(mix(runSeed, UInt64(ordinal)), incarnation), UInt64(index))
    }

    /// The seed of the `number`-th episode (from 0) of an environment.
    @usableFromInline
    package static func episode(_ number: UInt64, of environmentSeed: UInt64) -> UInt64 { mix(environmentSeed, number) }
}
