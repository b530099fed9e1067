import StarlingConfiguration
import StarlingExperience

extension RunSettings {
    /// A name, or a map of `name` and of options that the environment knows.
    static let environmentKey = Key<RunSettings>(
        name: "environment",
        reason: "What is learned; `starling list` names them. Or a map of its name and options: {name: gymnasium, id: LunarLander-v3}.",
        allowed: "a name, or a map of name and options",
        store: { value, settings in
            guard case .scalar(let name) = value, !name.text.isEmpty else { return false }
            settings.environment = name.text
            settings.environmentOptions = EnvironmentOptions()
            return true
        },
        print: { $0.environmentText },
        storeMember: { member, value, settings in
            guard member != "name" else {
                guard case .scalar(let name) = value, !name.text.isEmpty else { return false }
                // Another one is told nothing of what this was.
                if settings.environment != name.text { settings.environmentOptions = EnvironmentOptions() }
                settings.environment = name.text
                return true
            }
            guard !member.hasPrefix("name.") else { return false }
            // Null is as if it had not been said.
            if value == .scalar(.init("null")), !member.hasPrefix("kwargs.") {
                settings.environmentOptions.remove(member)
                return true
            }
            return settings.environmentOptions.set(member, to: EnvironmentOptions.Value(value))
        })

    /// The settings, with the environment's name before its options wherever it stood.
    static func nameFirst(_ settings: [Setting]) -> [Setting] {
        let name = "environment.name"
        return settings.filter { $0.name == name } + settings.filter { $0.name != name }
    }

    /// Name and options, as a recipe says them in one line.
    package var environmentText: String {
        let name = PrintableText.bareOrQuoted(environment)
        guard !environmentOptions.isEmpty else { return name }
        return "{name: \(name), \(environmentOptions.description.dropFirst())"
    }
}

extension EnvironmentOptions.Value {
    init(_ value: SettingValue) {
        switch value {
        case .scalar(let scalar): self = .scalar(EnvironmentOptions.Scalar(scalar))
        case .list(let scalars): self = .list(scalars.map(EnvironmentOptions.Scalar.init))
        }
    }
}

extension EnvironmentOptions.Scalar {
    fileprivate init(_ scalar: SettingValue.Scalar) {
        self = scalar.isPlain ? Self(written: scalar.text) : .text(scalar.text)
    }
}
