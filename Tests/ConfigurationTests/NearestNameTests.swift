import StarlingConfiguration
import Testing

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("cartpol", "cartpole"), ("catrpole", "cartpole"), ("CartPole", "cartpole"), ("acrobat", "acrobot"),
    ])
    func nearestNameIsOffered(wrong: String, right: String) {
        let error = ConfigurationError.unknown("recipe", wrong, among: ["catch", "cartpole", "acrobot"])
        #expect(error.message == "unknown recipe \"\(wrong)\"; did you mean \"\(right)\"?")
        #expect(error.choices == ["catch", "cartpole", "acrobot"])
    }

    @Test func nothingNearIsNotOffered() {
        #expect(ConfigurationError.unknown("recipe", "zzzzzzzz", among: ["cartpole"]).message == "unknown recipe \"zzzzzzzz\"")
        #expect(ConfigurationError.unknown("recipe", "", among: []).message == "unknown recipe \"\"")
    }
}
