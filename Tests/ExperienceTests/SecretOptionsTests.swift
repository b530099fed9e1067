import StarlingExperience
import Testing

/// What is called like a secret is not shown.
@Suite struct SecretOptionsTests {
    @Test(arguments: [
        "password", "kwargs.access_token", "API_KEY", "apiKey", "key", "kwargs.key", "private-key", "dbPassword", "client_secret",
        "credentials",
    ])
    func aSecret(name: String) { #expect(EnvironmentOptions.isSecret(name)) }

    @Test(arguments: ["id", "monkey", "keys", "kwargs.gravity", "key_color", "turkey"])
    func noSecret(name: String) { #expect(!EnvironmentOptions.isSecret(name)) }

    @Test func titlesAreWithoutThem() {
        var options = EnvironmentOptions()
        #expect(options.set("id", to: .scalar(.text("Maze"))) && options.set("kwargs.access_token", to: .scalar(.text("pl4nted"))))
        let spec = EnvironmentSpec(name: "gymnasium", observation: ObservationSpec(shape: [1]), action: .discrete(1), options: options)
        #expect(spec.title == "gymnasium {id: Maze, kwargs: {access_token: \"(not shown)\"}}")
        // What is sent is what was told.
        #expect(spec.options.json.contains("pl4nted") && options.holdSecrets && !EnvironmentOptions().holdSecrets)
    }
}
