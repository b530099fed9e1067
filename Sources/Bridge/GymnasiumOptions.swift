import StarlingEnvironments
import StarlingExperience

/// What the environment `gymnasium` is told.
struct GymnasiumOptions {
    static let name = "gymnasium"

    static let all: [EnvironmentRegistry.Entry.Option] = [
        .init("id", "What gymnasium.make is given: LunarLander-v3; or a class of the module."),
        .init("module", "What is imported first: a file of your own, or a module by name."),
        .init("kwargs", "Further arguments of gymnasium.make, by name: {gravity: -5.0}."),
        .init("wrappers", "Wrappers around it, the innermost first: [\"RescaleAction(min_action=-1, max_action=1)\"]."),
        .init("vectorised", "Whether the environment's own vector form is stepped where there is one: auto, true or false; default auto."),
        .init("metrics", "Numbers of info as an episode ends, whose means are told beside returns: [is_success]."),
        .init("cost", "Number of info that is a step's cost, which cost.limit limits the sum of: crashed."),
        .init("action_masks", "Whether masks of actions count where the environment tells any: auto or false; default auto."),
        .init("seed_every_episode", "Whether every episode has a seed of its own (default), or only the first of a worker."),
        .init("step_seconds", "Time after which a step is taken to hang; default 60."),
        .init("reset_seconds", "Time that making an environment and its first episode may take; default 300."),
    ]

    /// As the worker and the wire have them: a module is named, never where its file lies.
    let told: EnvironmentOptions
    /// The name of the module.
    let module: String?
    /// Whether masks that the environment tells don't count.
    let ignoresMasks: Bool
    let stepSeconds: Double
    let resetSeconds: Double

    /// Each another, and no more than the wire has room for.
    private static func areNames(_ list: [EnvironmentOptions.Scalar]) -> Bool {
        let names = list.compactMap { if case .text(let name) = $0, PrintableText.isName(name) { name } else { nil } }
        return names.count == list.count && Set(names).count == list.count && list.count <= 16
    }

    /// - Throws: `EnvironmentError` that says which can't be.
    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        func bad(_ option: String, _ why: String) -> EnvironmentError {
            EnvironmentError(.badOption, "environment.\(option) \(why)")
        }
        func text(_ option: String) throws(EnvironmentError) -> String? {
            guard options[option] != nil else { return nil }
            guard let text = options.text(option), !text.isEmpty else { throw bad(option, "must be a text") }
            return text
        }
        func seconds(_ option: String, default seconds: Double) throws(EnvironmentError) -> Double {
            guard options[option] != nil else { return seconds }
            guard let told = options.number(option), (0.001...86_400).contains(told) else {
                throw bad(option, "must be a number of seconds from 0.001 to 86400")
            }
            return told
        }
        var told = options
        let id = try text("id")
        if let id, id.contains(":") {
            throw bad("id", "is \(id): set environment.module to \(id.prefix { $0 != ":" }), and environment.id to what follows the colon")
        }
        module = try text("module").map { PythonSettings.module($0).name }
        guard id != nil || module != nil else {
            throw bad(
                "id",
                "is not set: name what gymnasium.make is to make, --set environment.id=CartPole-v1, or your own file by environment.module")
        }
        if let module { _ = told.set("module", to: .scalar(.text(module))) }
        switch options["wrappers"] {
        case nil: break
        case .scalar(.text(let one))?: _ = told.set("wrappers", to: .list([.text(one)]))
        case .list(let list)? where list.allSatisfy({ if case .text = $0 { true } else { false } }): break
        default: throw bad("wrappers", "must be a list of texts, each Name or \"Name(key=value)\"")
        }
        switch options["metrics"] {
        case nil: break
        case .scalar(.text(let one))?: _ = told.set("metrics", to: .list([.text(one)]))
        case .list(let list)? where Self.areNames(list): break
        default: throw bad("metrics", "must be a list of at most 16 names of numbers in info")
        }
        if let cost = try text("cost") {
            guard PrintableText.isName(cost) else { throw bad("cost", "must be the name of a number in info") }
            var metrics: [EnvironmentOptions.Scalar] = []
            if case .list(let list)? = told["metrics"] { metrics = list }
            guard metrics.count < 16 else { throw bad("metrics", "must be at most 15 where environment.cost is set") }
            guard !metrics.contains(.text(EnvironmentSpec.costMeasure)) else {
                throw bad("metrics", "names \(EnvironmentSpec.costMeasure), which is what the sum of an episode's costs is called")
            }
        }
        switch options["vectorised"] {
        case nil, .scalar(.truth)?, .scalar(.text("auto"))?: break
        default: throw bad("vectorised", "must be auto, true or false")
        }
        switch options["action_masks"] {
        case nil, .scalar(.text("auto"))?: ignoresMasks = false
        case .scalar(.truth(false))?: ignoresMasks = true
        default: throw bad("action_masks", "must be auto or false")
        }
        switch options["seed_every_episode"] {
        case nil, .scalar(.truth)?: break
        default: throw bad("seed_every_episode", "must be true or false")
        }
        if options["kwargs"] != nil { throw bad("kwargs", "must be a map of arguments: environment.kwargs.NAME=VALUE") }
        for option in [
            "id", "module", "wrappers", "metrics", "cost", "vectorised", "action_masks", "seed_every_episode", "step_seconds",
            "reset_seconds",
        ]
        where options.values.keys.contains(where: { $0.hasPrefix(option + ".") }) {
            throw bad(option, "is no map")
        }
        stepSeconds = try seconds("step_seconds", default: 60)
        resetSeconds = try seconds("reset_seconds", default: 300)
        self.told = told
    }
}
