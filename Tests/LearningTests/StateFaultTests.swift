import Foundation
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLearning
import StarlingSafetensors
import StarlingStorage
import StarlingTraining
import Testing

/// States that no training has written: each would stop a learner that went on from it, at once or later.
@Suite struct StateFaultTests {
    private func goodState() -> TrainingState {
        var state = TrainingState()
        (state.update, state.frames, state.episodes, state.optimizerSteps) = (10, 2000, 30, 11)
        (state.evaluations, state.nextGoalTry, state.isGoalTried, state.trainingSeconds) = (2, 12, true, 1.5)
        (state.reservoirOffers, state.reservoirDraws, state.generationStarts) = (13, 14, [7: 5])
        for value: Float in [21, 22, 23] { state.recentReturns.add(value) }
        let actor = ActorIdentity(ordinal: 0, instance: "a", incarnation: 1)
        let events: [JournalEntry.Event] = [.joined(baseline: 3), .unroll(sequence: 4), .skipped(through: 6)]
        for (index, event) in events.enumerated() {
            state.books.apply(JournalEntry(index: UInt64(91 + index), actor: actor, produced: 9, event: event), .trained)
        }
        state.serial = SerialState(
            creditQueue: ["serial-0"],
            actors: [.init(instance: "serial-0", incarnation: 0, produced: 19, nextGroup: 1, steps: [40, 41])])
        return state
    }

    /// The good state with something else in its text.
    private func forged(_ text: String, _ other: String) throws -> TrainingState {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let good = String(decoding: try encoder.encode(goodState()), as: UTF8.self)
        #expect(good.ranges(of: text).count == 1, "\(text) in \(good)")
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(TrainingState.self, from: Data(good.replacing(text, with: other).utf8))
    }

    /// Serial runs of earlier builds are resumed.
    @Test func serialStatesKeepTheirNames() throws {
        let text = try JSONEncoder().encode(SerialState(creditQueue: ["serial-0"], actors: []))
        let names = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any]).keys
        #expect(Set(names) == ["creditLine", "actors"])
    }

    @Test func whatATrainingWritesHasNone() throws {
        #expect(goodState().fault == nil)
        var settings = RunSettings.small()
        settings.latent.replayShare = 0.5
        settings.goal.meanReturn = 15
        let lockstep = try Lockstep(settings)
        _ = try lockstep.run()
        #expect(!lockstep.captures.isEmpty)
        for (capture, _) in lockstep.captures { #expect(capture.state.fault == nil) }
        #expect(TrainingState().fault == nil)
    }

    @Test(
        arguments: [
            ("\"update\":10", "\"update\":18446744073709551615", "18446744073709551615 updates"),
            ("\"frames\":2000", "\"frames\":18446744073709551615", "frames"),
            ("\"episodes\":30", "\"episodes\":281474976710657", "281474976710657 episodes"),
            ("\"optimizerSteps\":11", "\"optimizerSteps\":18446744073709551615", "steps of its optimizer"),
            ("\"evaluations\":2", "\"evaluations\":18446744073709551615", "evaluations"),
            ("\"evaluations\":2", "\"evaluations\":0", "its goal is being tried without an evaluation"),
            ("\"nextGoalTry\":12", "\"nextGoalTry\":18446744073709551615", "next try of the goal"),
            ("\"reservoirOffers\":13", "\"reservoirOffers\":18446744073709551615", "reservoir"),
            ("\"reservoirDraws\":14", "\"reservoirDraws\":18446744073709551615", "reservoir"),
            ("\"trainingSeconds\":1.5", "\"trainingSeconds\":-1", "-1.0 s of training"),
            ("\"trainingSeconds\":1.5", "\"trainingSeconds\":\"nan\"", "nan s of training"),
            ("\"trainingSeconds\":1.5", "\"trainingSeconds\":1e300", "s of training"),
            ("\"generationStarts\":[7,5]", "\"generationStarts\":[7,11]", "generation 7 began at update 11"),
            ("[21,22,23]", "[21,\"nan\",23]", "nan is among its recent returns"),
            ("[21,22,23]", "[21,\"-inf\",23]", "-inf is among its recent returns"),
            ("[21,22,23]", "[\(String(repeating: "1,", count: 100))1]", "101 recent returns"),
            ("\"next\":0", "\"next\":2", "the next of its 3 recent returns is number 2"),
            ("\"next\":0", "\"next\":-1", "recent returns is number -1"),
            ("\"nextGroup\":1", "\"nextGroup\":-1", "its actor serial-0 goes on with group -1 of 2"),
            ("\"nextGroup\":1", "\"nextGroup\":2", "group 2 of 2"),
            ("\"steps\":[40,41]", "\"steps\":[]", "group 1 of 0"),
            ("\"steps\":[40,41]", "\"steps\":[40,18446744073709551615]", "steps or unrolls"),
            ("\"produced\":19", "\"produced\":18446744073709551615", "steps or unrolls"),
            ("\"position\":93", "\"position\":18446744073709551615", "its books are at entry"),
            ("\"cursor\":6", "\"cursor\":2", "its cursor 2 before its first unroll, 3"),
            ("\"skipped\":2", "\"skipped\":4", "4 unrolls skipped of 3"),
            ("\"produced\":9", "\"produced\":5", "6 unrolls taken over of 5 produced"),
            ("\"produced\":9", "\"produced\":18446744073709551615", "18446744073709551615 unrolls produced"),
            ("\"trained\":1", "\"trained\":18446744073709551615", "18446744073709551615 unrolls of one fate"),
            ("{\"a\":{", "{\"b\":{", "its books have actor a under b"),
        ])
    func whatNoTrainingWritesIsNamed(text: String, other: String, words: String) throws {
        let state = try forged(text, other)
        #expect(state.fault?.contains(words) == true, "\(String(describing: state.fault))")
    }

    @Test func noTileHasNoRows() {
        var state = goodState()
        state.tuning = .fixed
        #expect(state.fault == nil)
        state.tuning!.largestTile = 0
        #expect(state.fault == "0 is among the limits of its tuning")
    }

    @Test func arraysBelongToActorsAndAllHaveSome() {
        func arrays(_ names: String...) -> [NamedArray] { names.map { NamedArray($0, .uint8, shape: [1], bytes: [1]) } }
        let state = goodState()
        #expect(state.fault(of: arrays("serial-0.0.opening", "serial-0.1.opening", "serial-0.1.environments")) == nil)
        #expect(state.fault(of: arrays("serial-0.1.opening")) == "it has no arrays of group serial-0.0")
        let strange = state.fault(of: arrays("serial-0.0.opening", "serial-0.1.opening", "serial-0.2.opening"))
        #expect(strange == "its arrays \"serial-0.2\" belong to no group")
        #expect(TrainingState().fault(of: []) == nil)
    }

    /// A header may name any version.
    @Test func theLagOfAnyVersionIsANumber() {
        var state = goodState()
        state.generationStarts = [1: 0, 2: 10]
        for update: UInt64 in [0, 1 << 63, (1 << 63) + 1, .max] {
            for generation: UInt32 in [1, 2, 3] {
                #expect(state.policyLag(of: ParameterVersion(generation: generation, update: update), generation: 2) <= 10)
            }
        }
    }

    @Test func anOlderCheckpointTakesItsPlace() throws {
        let root = NSTemporaryDirectory() + "starling-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        let store = CheckpointStore(RunPaths(root))
        func checkpoint(_ state: TrainingState, _ update: UInt64) -> Checkpoint<TrainingState> {
            Checkpoint(
                version: ParameterVersion(generation: 1, update: update), state: state, parameters: [], optimizer: [],
                actors: ["serial-0.0.opening", "serial-0.1.opening"].map { NamedArray($0, .uint8, shape: [1], bytes: [1]) })
        }
        try store.write(checkpoint(goodState(), 1))
        try store.write(checkpoint(try forged("[21,22,23]", "[21,\"nan\",23]"), 2))
        try store.write(checkpoint(try forged("\"nextGroup\":1", "\"nextGroup\":-1"), 3))
        var told: [String] = []
        #expect(store.newestGood(as: TrainingState.self) { told.append($0.message) }?.version.update == 1)
        #expect(told.count == 2)
        #expect(told.first?.hasSuffix("can't be used: its actor serial-0 goes on with group -1 of 2") == true)
        #expect(told.last?.hasSuffix("can't be used: nan is among its recent returns") == true)
    }
}
