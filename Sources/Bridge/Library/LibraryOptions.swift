import StarlingEnvironments
import StarlingExperience

/// What an environment of a library is told, and how it is stepped.
struct LibraryOptions {
    /// As the wire has them: never where a file lies.
    let told: EnvironmentOptions
    let library: Told
    /// Whether it is stepped in a process of its own.
    let isIsolated: Bool
    let stepSeconds: Double
    let resetSeconds: Double

    /// What the library is told.
    struct Told {
        /// An object of JSON, in one line.
        let json: String
        /// First words of its options.
        let words: [String]
    }

    private static let own = ["isolate", "step_seconds", "reset_seconds"]

    /// - Throws: `EnvironmentError` that says which can't be.
    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        guard options["metrics"] == nil else { throw options.invalid("metrics", "is of Gymnasium: a library tells no numbers of episodes") }
        var told = options
        told.remove(LibrarySettings.option)
        self.told = told
        isIsolated = try told.truth("isolate", default: false)
        stepSeconds = try told.number("step_seconds", in: 0.001...86_400, default: 60)
        resetSeconds = try told.number("reset_seconds", in: 0.001...86_400, default: 300)
        for name in Self.own { told.remove(name) }
        library = Told(json: told.json, words: Set(told.values.keys.map { String($0.prefix { $0 != "." }) }).sorted())
    }
}
