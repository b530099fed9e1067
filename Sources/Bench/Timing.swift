import Glibc

/// Repeated measurements of one thing, in milliseconds unless its name says otherwise.
package struct Timing: Hashable, Sendable, Encodable {
    package let minimum: Double
    package let median: Double
    package let maximum: Double
    package let count: Int

    package init(_ milliseconds: [Double]) {
        let sorted = milliseconds.sorted()
        precondition(!sorted.isEmpty, "nothing was measured")
        (minimum, median, maximum, count) = (sorted.first!, sorted[sorted.count / 2], sorted.last!, sorted.count)
    }

    init(minimum: Double, median: Double, maximum: Double, count: Int) {
        (self.minimum, self.median, self.maximum, self.count) = (minimum, median, maximum, count)
    }

    /// Runs the body for about some seconds, at least three times, after two runs that don't count.
    static func sample(seconds: Double, _ body: () -> Void) -> Timing {
        body()
        body()
        var times: [Double] = []
        let end = now() + seconds
        while times.count < 3 || (now() < end && times.count < 10_000) { times.append(1000 * measure(body)) }
        return Timing(times)
    }

    /// Seconds that the body takes.
    static func measure(_ body: () -> Void) -> Double {
        let start = now()
        body()
        return now() - start
    }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
