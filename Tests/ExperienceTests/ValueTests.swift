import StarlingExperience
import Testing

@Suite struct ValueTests {
    @Test func versionsAreOrderedByGenerationFirst() {
        let versions = [(1, 0), (1, 9), (2, 0), (2, 3)].map { ParameterVersion(generation: $0, update: $1) }
        #expect(versions.shuffled().sorted() == versions)
        #expect(versions.map(\.description) == ["1.0", "1.9", "2.0", "2.3"])
    }

    @Test func endingsAreRowKinds() {
        #expect(StepKind(Ending.none) == .ordinary)
        #expect(StepKind(.terminated) == .terminated)
        #expect(StepKind(.truncated) == .truncated)
    }

    @Test func sizesOfObservations() {
        #expect(ObservationSpec(shape: [2, 3, 5]).byteCount == 120)
        #expect(ObservationSpec(shape: [2, 3, 5], scalar: .uint8).byteCount == 30)
        #expect(ObservationSpec(shape: []).count == 1)
    }
}
