import StarlingThreads
import Testing

@Suite struct DeadlineTests {
    @Test func theClockNeverGoesBack() {
        var last = Deadline.now
        for _ in 0..<1000 {
            let now = Deadline.now
            #expect(now >= last)
            last = now
        }
    }

    @Test func arithmeticIsInSeconds() {
        let start = Deadline(nanoseconds: 5_000_000_000)
        #expect(start.advanced(seconds: 1.5).nanoseconds == 6_500_000_000)
        #expect(start.advanced(seconds: -1) == start, "a deadline isn't moved back")
        #expect(start.advanced(seconds: 1.5).seconds(since: start) == 1.5)
        #expect(start.seconds(since: start.advanced(seconds: 1.5)) == -1.5)
        #expect(start < start.advanced(seconds: 1e-9))
    }

    @Test func pastAndRemaining() {
        let past = Deadline(nanoseconds: 0)
        #expect(past.isPast && past.remainingSeconds == 0)
        let future = Deadline.after(seconds: 1000)
        #expect(!future.isPast)
        #expect(future.remainingSeconds > 900 && future.remainingSeconds <= 1000)
    }
}
