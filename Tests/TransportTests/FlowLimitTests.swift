import StarlingTransport
import Testing

@Suite("What keeps trainer and actors waiting, where it is not the policy lag")
struct FlowLimitTests {
    private func limit(
        _ pacing: Pacing, bothWait: Bool = true, isAtBound: Bool = false, isOutOfRoom: Bool = false
    ) -> FlowLimit? {
        var pressure = CreditPressure()
        (pressure.bothWait, pressure.isAtBound, pressure.isOutOfRoom, pressure.window) = (bothWait, isAtBound, isOutOfRoom, 16)
        (pressure.trainerWaits, pressure.actorsWait) = (0.625, 0.75)
        return FlowLimit(pressure, pacing, room: 23)
    }

    @Test("Each cause names what to turn")
    func causes() throws {
        let queue = try #require(limit(.fixed(batches: 2)))
        #expect(queue.sentence.contains("batch.max_queued_batches 2 at most 16 unrolls") && queue.brief.contains("max_queued_batches"))
        let memory = try #require(limit(.adaptive(policyLag: 16), isOutOfRoom: true))
        #expect(memory.sentence.contains("batch.memory_bytes has room for 23 unrolls") && memory.brief.contains("memory_bytes"))
        #expect(try #require(limit(.fixed(batches: 2), isOutOfRoom: true)).brief.contains("memory_bytes"), "a longer queue would not help")
        let way = try #require(limit(.adaptive(policyLag: 16)))
        #expect(way.sentence.contains("publish.max_per_second") && way.sentence.contains("train.actors"))
        for limit in [queue, memory, way] { #expect(limit.sentence.hasPrefix("actors wait 75 %, trainer 63 %")) }
    }

    @Test("Memory limits where it has no room for the window", arguments: [(23, true), (24, false)])
    func room(room: Int, isOutOfRoom: Bool) {
        // A window of two batches, and one that the trainer has.
        let credit = Credit(Credit.Terms(pacing: .adaptive(policyLag: 2), unrollsPerBatch: 8, unrollsPerRound: 1, room: room))
        #expect(credit.pressure.isOutOfRoom == isOutOfRoom)
    }

    @Test("Nothing is told where one of both works, where the lag limits, and in lockstep, where they take turns")
    func silence() {
        #expect(limit(.adaptive(policyLag: 16), bothWait: false) == nil)
        #expect(limit(.adaptive(policyLag: 16), isAtBound: true) == nil)
        #expect(limit(.lockstep) == nil)
    }
}
