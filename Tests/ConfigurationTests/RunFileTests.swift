import StarlingConfiguration
import Testing

@Suite struct RunFileTests {
    func read(_ text: String, into settings: Settings = Settings()) throws(ConfigurationError) -> Settings {
        var settings = settings
        try Settings.keys.apply(RunFile(text: text, name: "run.yaml"), to: &settings)
        return settings
    }

    func fault(_ text: String) -> ConfigurationError? {
        do {
            _ = try read(text)
            return nil
        } catch { return error }
    }

    @Test func everySortOfKeyIsRead() throws {
        let settings = try read(
            """
            environment: "pole: two"
            seed: 18446744073709551615
            goal: {frames: 1e3, enabled: false}
            rate: 2.5e-4
            mode: vae_only
            note: ~
            inner:
              discount: 1
              layers: [32, 16]
              scale: 4
              warmup: 0.25
            """)
        var expected = Settings(environment: "pole: two", seed: .max, goal: 1000, isEnabled: false, rate: 2.5e-4)
        expected.mode = .vaeOnly
        expected.inner = .init(discount: 1, layers: [32, 16], scale: [4], warmup: 0.25)
        #expect(settings == expected)
    }

    @Test func emptyFileChangesNothing() throws {
        #expect(try read("") == Settings())
        #expect(try read("# nothing\n") == Settings())
    }

    @Test func unknownKeyNamesPlaceNearestNameAndAllNames() {
        let fault = fault("seed: 2\ninner:\n  discuont: 0.9\n")
        #expect(fault?.code == .unknownName)
        #expect(fault?.message == "run.yaml:3:3: unknown key \"inner.discuont\"; did you mean \"inner.discount\"?")
        #expect(fault?.choices == Settings.keys.keys.map(\.name))
        #expect(fault?.description.contains("known: environment, seed,") == true)
    }

    @Test func manyNamesAreNotPrintedButTold() {
        let names = (0..<40).map { "name\($0)" }
        let listed = ConfigurationError.unknown("key", "nmae7", among: names, listing: "the page lists them")
        #expect(listed.description == "unknown key \"nmae7\"; did you mean \"name7\"?\n  the page lists them")
        #expect(ConfigurationError.unknown("key", "nmae7", among: names).description.contains("known: name0, name1"))
    }

    @Test func keyWithoutItsGroupIsFound() {
        #expect(fault("discount: 0.9")?.message.contains("did you mean \"inner.discount\"?") == true)
        #expect(fault("completely_else: 0.9")?.message == "run.yaml:1:1: unknown key \"completely_else\"")
    }

    @Test(arguments: [
        ("seed: -1", "run.yaml:1:1: seed: -1 is not allowed; it must be a whole number, at least 0"),
        ("seed: 1.5", "run.yaml:1:1: seed: 1.5 is not allowed"),
        ("seed: 18446744073709551616", "run.yaml:1:1: seed: 18446744073709551616 is not allowed"),
        ("seed: \"1\"", "run.yaml:1:1: seed: \"1\" is not allowed"),
        ("seed: [1]", "run.yaml:1:1: seed: [1] is not allowed"),
        ("rate: 0", "run.yaml:1:1: rate: 0 is not allowed; it must be a number greater than 0 and at most 1"),
        ("rate: .nan", "rate: .nan is not allowed"),
        ("rate: nan", "rate: nan is not allowed"),
        ("rate: 0x1p-3", "rate: 0x1p-3 is not allowed"),
        ("\ngoal:\n  frames: 1001", "run.yaml:3:3: goal.frames: 1001 is not allowed; it must be a whole number from 1 to 1000, or null"),
        ("goal: {enabled: yes}", "run.yaml:1:8: goal.enabled: yes is not allowed; it must be true or false"),
        ("mode: meen", "mode: meen is not allowed; it must be one of mean, noise, vae_only"),
        ("environment: null", "environment: null is not allowed; it must be the name of an environment"),
        ("inner:\n  layers: [64, 0]", "run.yaml:2:3: inner.layers: [64, 0] is not allowed"),
        ("inner:\n  layers: [64, x]", "inner.layers: [64, x] is not allowed"),
        ("inner:\n  warmup: 2", "inner.warmup: 2 is not allowed; it must be a number from 0 to 1, or null"),
    ])
    func wrongValueNamesPlaceKeyValueAndWhatIsAllowed(text: String, message: String) {
        let fault = fault(text)
        #expect(fault?.code == .invalidValue)
        #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
        #expect(fault?.message.contains("\n") == false)
    }

    @Test(arguments: [
        "seed: 1\nseed: 2", "inner: {discount: 1}\ninner: {discount: 1}", "inner.discount: 1\ninner:\n  discount: 1",
    ])
    func keyTwiceIsRefused(text: String) {
        let fault = fault(text)
        #expect(fault?.code == .duplicateKey)
        #expect(fault?.message.hasPrefix("run.yaml:") == true)
    }

    @Test(arguments: [
        "- seed", "seed", "seed: {1: {2: 3}", "[", "\t- x: y", "seed: *nowhere", "inner: {layers: [[1]]}",
        "a: 1\n---\nb: 2", "? [a]\n: 1", "seed: \u{0}",
    ])
    func otherFormsAreRefused(text: String) {
        let fault = fault(text)
        #expect(fault?.code == .syntax, "\(fault?.message ?? "accepted")")
        #expect(fault?.message.contains("run.yaml") == true)
    }

    @Test func groupWithAValueIsUnknown() {
        #expect(fault("inner: 3")?.code == .unknownName)
        #expect(fault("seed: {deep: 3}")?.code == .unknownName)
    }

    @Test func everyTruncationIsReadOrRefused() {
        let text = "environment: \"a\\n\"\ngoal: {frames: 10}\ninner:\n  layers: [1, 2]\n  scale: [0.5]\n"
        for length in 0...text.count { _ = fault(String(text.prefix(length))) }
    }

    @Test func nothingIsChangedByAFileWithAFault() throws {
        var settings = Settings()
        #expect(throws: ConfigurationError.self) {
            try Settings.keys.apply(RunFile(text: "seed: 7\nrate: 7", name: "run.yaml"), to: &settings)
        }
        #expect(settings == Settings())
    }

    @Test func missingFileIsNamed() {
        #expect(throws: ConfigurationError.self) { try RunFile(path: "/nowhere/run.yaml") }
    }
}
