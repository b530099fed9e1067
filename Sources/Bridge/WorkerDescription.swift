import StarlingExperience

/// What a worker says of its environment before the first step.
struct WorkerDescription {
    var observation = ObservationSpec(shape: [])
    var action = ActionSpec.discrete(0)
    var observationLimit = EnvironmentSpec.usualLimit
    var rewardLimit = EnvironmentSpec.usualLimit
    var playersAlternate = false
    /// Whether it tells which actions may be taken.
    var masksActions = false
    /// Whether steps have costs beside their rewards.
    var tellsCost = false
    /// Whether one call steps all of a group, which then begins an episode in the step after its end.
    var isTogether = false
    /// Python and libraries.
    var versions = ""
    /// What people should know.
    var notes: [String] = []

    init() {}

    /// - Parameter lines: a word and what it is of, each.
    /// - Returns: nil when they are none of a worker's.
    init?(_ lines: some Sequence<Substring>) {
        var (low, high): ([Float], [Float]) = ([], [])
        var parts: [ObservationSpec.Part] = []
        func array(_ words: [Substring]) -> (shape: [Int], scalar: ObservationSpec.Scalar)? {
            let shape = words.dropFirst().compactMap { Int($0) }
            guard shape.count == words.count - 1, !shape.isEmpty, shape.allSatisfy({ $0 > 0 }) else { return nil }
            return (shape, words.first == "uint8" ? .uint8 : .float32)
        }
        for line in lines {
            let word = line.prefix { $0 != " " }
            let rest = line.dropFirst(word.count + 1)
            let words = rest.split(separator: " ")
            switch word {
            case "versions": versions = PrintableText.escaped(String(rest))
            case "observation":
                guard let array = array(words) else { return nil }
                observation = ObservationSpec(shape: array.shape, scalar: array.scalar)
            case "part":
                guard let array = array(Array(words.dropFirst())) else { return nil }
                parts.append(ObservationSpec.Part(String(words[0]), array.shape, array.scalar))
            case "discrete":
                guard let count = Int(rest) else { return nil }
                action = .discrete(count)
            case "parts":
                let counts = words.compactMap { Int($0) }
                guard counts.count == words.count else { return nil }
                action = .multiDiscrete(counts)
            case "masks": masksActions = rest == "1"
            case "costs": tellsCost = rest == "1"
            case "low": low = words.compactMap { Float($0) }
            case "high": high = words.compactMap { Float($0) }
            case "limits":
                let limits = words.compactMap { Float($0) }
                guard limits.count == 2, limits.allSatisfy(EnvironmentSpec.limits.contains) else { return nil }
                (observationLimit, rewardLimit) = (limits[0], limits[1])
            case "alternate": playersAlternate = rest == "1"
            case "together": isTogether = rest == "1"
            case "note": notes.append(PrintableText.escaped(String(rest)))
            default: return nil
            }
        }
        if !low.isEmpty { action = .continuous(low: low, high: high) }
        if !parts.isEmpty { observation = ObservationSpec(parts: parts) }
        guard !observation.shape.isEmpty, observation.fault == nil, action.fault == nil else { return nil }
    }
}
