import StarlingThreads
import StarlingTransport
import Testing

@Suite("How fast messages come")
struct MessageRateTests {
    @Test("Many a millisecond are heavy; one at a time never is, and neither is silence after many")
    func heavy() {
        var now = Deadline(nanoseconds: 1_000_000_000)
        var rate = MessageRate(at: now)
        func pass(_ microseconds: Double, taking count: Int) {
            now = now.advanced(seconds: microseconds * 1e-6)
            rate.note(count, at: now)
        }
        // Back and forth at 25,000 a second.
        for _ in 0..<1000 {
            pass(40, taking: 1)
            #expect(!rate.isHeavy)
        }
        // A burst after a pause is soon over.
        pass(50_000, taking: 256)
        #expect(!rate.isHeavy)
        for _ in 0..<100 { pass(200, taking: 10) }
        #expect(rate.isHeavy)
        for _ in 0..<12 { pass(200, taking: 0) }
        #expect(!rate.isHeavy)
    }
}
