import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import Testing

/// `environment` of a recipe: a name, or a map of name and options.
@Suite struct EnvironmentKeyTests {
    private func settings(_ text: String, _ assignments: String...) throws -> RunSettings {
        var settings = RunSettings()
        try settings.apply(RunFile(text: text, name: "x"))
        try settings.apply(assignments: assignments)
        return settings
    }

    @Test func aNameOrAMap() throws {
        #expect(try settings("environment: Catch").environment == "Catch")
        let told = try settings(
            """
            environment:
              name: gymnasium
              id: LunarLander-v3
              kwargs: {gravity: -5.0, deep: {lanes: 3}}
              wrappers: ["TimeLimit(max_episode_steps=7)"]
            """)
        #expect(told.environment == "gymnasium" && told.environmentOptions.text("id") == "LunarLander-v3")
        #expect(told.environmentOptions["kwargs.deep.lanes"] == .scalar(.integer(3)))
        #expect(told.environmentOptions.number("kwargs.gravity") == -5)
        #expect(
            told.environmentText
                == "{name: gymnasium, id: LunarLander-v3, kwargs: {deep: {lanes: 3}, gravity: -5.0}, wrappers: [\"TimeLimit(max_episode_steps=7)\"]}"
        )
        #expect(
            told.environmentOptions.json
                == #"{"id": "LunarLander-v3", "kwargs": {"deep": {"lanes": 3}, "gravity": -5.0}, "wrappers": ["TimeLimit(max_episode_steps=7)"]}"#
        )
    }

    @Test func assignmentsChangeOptions() throws {
        let file = "environment: {name: gymnasium, id: A, kwargs: {a: 1, b: x}}"
        let told = try settings(
            file, "environment.id=B-v1", "environment.kwargs.a=2.5", "environment.kwargs={c: [1, two], d: \"3\"}",
            "environment.vectorised=null")
        #expect(told.environmentText == "{name: gymnasium, id: B-v1, kwargs: {a: 2.5, b: x, c: [1, two], d: \"3\"}}")
        // Another environment is told nothing of this one's.
        #expect(try settings(file, "environment=Catch").environmentText == "Catch")
        #expect(try settings(file, "environment={size: 3, name: maze}").environmentText == "{name: maze, size: 3}")
    }

    /// What stands in a run's configuration is what it was.
    @Test(arguments: [
        "Catch", "{name: gymnasium, id: \"ALE/Pong-v5\", kwargs: {text: \"true\", word: yes, none: null, list: [1, 2.5, x]}}",
        "{name: gymnasium, id: X, kwargs: {empty: \"\", quote: \"a\\\"b\\\\c\", line: \"a\\nb\", big: 1.0e+300, many: [a]}}",
    ])
    func whatIsPrintedIsReadAgain(text: String) throws {
        let told = try settings("environment: \(text)")
        let again = try settings(told.keys.yaml(of: told, reasons: true))
        #expect(again.environment == told.environment && again.environmentOptions == told.environmentOptions, "\(told.environmentText)")
    }

    @Test(arguments: ["environment: {name: [a]}", "environment: {name.x: b}", "environment: {id: .nan, \"b c\": 1}", "environment: [a]"])
    func whatIsNoEnvironment(text: String) {
        #expect(throws: ConfigurationError.self) { try settings(text) }
    }

    @Test func otherKeysHaveNoMembers() {
        let error = #expect(throws: ConfigurationError.self) { try settings("algorithm: {name: ppo}") }
        #expect(error?.message.contains("unknown key") == true)
    }
}
