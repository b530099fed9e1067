import StarlingConfiguration
import Testing

@Suite struct PrintingTests {
    @Test func effectiveYAMLIsNestedInTableOrder() {
        #expect(
            Settings.keys.yaml(of: Settings()) == """
                environment: cartpole
                seed: 1
                goal:
                  frames: null
                  enabled: true
                rate: 1.0e-05
                mode: mean
                note: null
                inner:
                  discount: 0.99
                  layers: [64, 64]
                  scale: [2.4, 3.0, 0.21]
                  warmup: null

                """)
    }

    @Test(arguments: [
        "", "plain", "yes", "NULL", "1", "-1e5", "a: b", "- a", "#x", "tab\there", "new\nline", "quote\"back\\", "ünï",
        "\u{1}\u{7F}\u{85}", " x ", "tcp://127.0.0.1:5555", "[a]", "{a: b}", "🐦", "~",
    ])
    func textsComeBackAsTheyWere(text: String) throws {
        var settings = Settings()
        settings.note = text
        settings.environment = text
        #expect(try roundTrip(settings, reasons: false) == settings)
    }

    @Test func numbersComeBackToTheLastBit() throws {
        var settings = Settings()
        settings.seed = 9_007_199_254_740_993
        settings.rate = 0.1 + 0.2
        settings.inner.scale = [.leastNonzeroMagnitude, 1 / 3, 99.99999, 1e-7]
        settings.inner.layers = []
        settings.mode = .vaeOnly
        #expect(try roundTrip(settings, reasons: true) == settings)
    }

    @Test func reasonsStandAsComments() {
        let yaml = Settings.keys.yaml(of: Settings(), reasons: true)
        #expect(yaml.contains("\n  # 0.99 looks 100 steps ahead (a number from 0 to 1)\n  discount: 0.99\n"))
    }

    @Test func referenceHasEveryKeyOnce() {
        let page = Settings.keys.reference(defaults: Settings())
        #expect(page.split(separator: "\n").count == 2 + Settings.keys.keys.count)
        #expect(page.contains("| `inner.discount` | `0.99` | a number from 0 to 1 | 0.99 looks 100 steps ahead |"))
        #expect(page.contains("divides \\| observations"))
    }

    func roundTrip(_ settings: Settings, reasons: Bool) throws -> Settings {
        var read = Settings()
        try Settings.keys.apply(RunFile(text: Settings.keys.yaml(of: settings, reasons: reasons), name: "x"), to: &read)
        return read
    }
}
