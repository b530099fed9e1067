extension EnvironmentOptions {
    /// With other values in the place of those that are called like a secret: as logs, pages and files that are sent around show them.
    package var withoutSecrets: EnvironmentOptions {
        var shown = self
        for name in values.keys where Self.isSecret(name) { _ = shown.set(name, to: .scalar(.text("(not shown)"))) }
        return shown
    }

    /// Whether one of them is called like a secret.
    package var holdSecrets: Bool { values.keys.contains(where: Self.isSecret) }

    /// Whether an option is called like a secret: `password`, `kwargs.access_token`, `apiKey`; but not `monkey`.
    package static func isSecret(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        let words = ["password", "passwd", "passphrase", "secret", "token", "credential", "apikey"]
        guard !words.contains(where: lowercased.contains) else { return true }
        guard lowercased.hasSuffix("key") else { return false }
        return name.hasSuffix("Key") || !(lowercased.dropLast(3).last?.isLetter ?? false)
    }
}
