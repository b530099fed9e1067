package import StarlingCompute
package import StarlingConfiguration
package import StarlingExperience
package import StarlingLatentPolicy
package import StarlingThreads

/// What a recipe may say of an algorithm. The defaults are those of `init()`.
package protocol AlgorithmSettings: Sendable {
    init()
    static var keys: KeyTable<Self> { get }
    /// What is wrong with them together, with the remedy; nil when they agree.
    var conflict: String? { get }
}

/// Settings of every algorithm of a registry: a recipe may give values to some that it doesn't use.
package struct SettingsByAlgorithm: Sendable {
    private var changed: [ObjectIdentifier: any AlgorithmSettings] = [:]

    package init() {}

    package subscript<Settings: AlgorithmSettings>(_ type: Settings.Type) -> Settings {
        get { changed[ObjectIdentifier(type)] as? Settings ?? Settings() }
        set { changed[ObjectIdentifier(type)] = newValue }
    }
}

/// What every algorithm is made for.
package struct AlgorithmContext {
    package let policy: LatentPolicy
    package let acting: ActingSpec
    /// Environments in a batch, a multiple of an unroll's.
    package let columnCount: Int
    package let latent: LatentSettings
    /// Threads that share a step's work; nil: the calling thread alone.
    package let team: WorkerTeam?
    package let tuning: Tuning

    package init(
        _ policy: LatentPolicy, acting: ActingSpec, columnCount: Int, latent: LatentSettings, team: WorkerTeam? = nil,
        tuning: Tuning = .fixed
    ) {
        self.policy = policy
        self.acting = acting
        self.columnCount = columnCount
        self.latent = latent
        self.team = team
        self.tuning = tuning
    }
}
