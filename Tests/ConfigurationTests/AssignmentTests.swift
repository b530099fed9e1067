import StarlingConfiguration
import Testing

@Suite struct AssignmentTests {
    func apply(_ assignments: String...) throws(ConfigurationError) -> Settings {
        var settings = Settings()
        try Settings.keys.apply(assignments: assignments, to: &settings)
        return settings
    }

    @Test func valuesAreReadAsInAFile() throws {
        let settings = try apply("inner.layers=[8, 4]", "inner.layers=[8]", "goal.enabled=false", "seed=1e6", "note=")
        #expect(settings.inner.layers == [8])
        #expect(!settings.isEnabled)
        #expect(settings.seed == 1_000_000)
        #expect(settings.note == nil)
    }

    @Test func textMayContainAnything() throws {
        #expect(try apply("environment=tcp: {x=y").environment == "tcp: {x=y")
        #expect(try apply("note=null").note == nil)
        #expect(try apply("note=\"null\"").note == "null")
    }

    @Test func faultsNameTheOption() {
        func fault(_ assignment: String) -> String {
            do {
                _ = try apply(assignment)
                return "accepted"
            } catch { return error.message }
        }
        #expect(fault("inner.discount=2") == "--set: inner.discount: 2 is not allowed; it must be a number from 0 to 1")
        #expect(fault("discuont=2").hasPrefix("--set: unknown key \"discuont\""))
        #expect(fault("seed").contains("write --set key=value"))
        #expect(fault("=1").contains("write --set key=value"))
    }
}
