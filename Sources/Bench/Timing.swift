import Glibc

/// Repeated measurements of one thing, in milliseconds unless its name says otherwise.
package struct Timing: Hashable, Sendable, Encodable {
    package let minimum: Double
    package let median: Double
    package let maximum: Double
    package let count: Int

    package init(_ milliseconds: [Double]) {
        median = milliseconds.median
        (minimum, maximum, count) = (milliseconds.min()!, milliseconds.max()!, milliseconds.count)
    }

    /// The same in another unit.
    func scaled(by factor: Double) -> Timing {
        Timing(minimum: factor * minimum, median: factor * median, maximum: factor * maximum, count: count)
    }

    private init(minimum: Double, median: Double, maximum: Double, count: Int) {
        (self.minimum, self.median, self.maximum, self.count) = (minimum, median, maximum, count)
    }

    /// Milliseconds of runs of the body during about some seconds, two at least.
    static func times(seconds: Double, _ body: () -> Void) -> [Double] {
        var times: [Double] = []
        let end = now() + seconds
        while times.count < 2 || (now() < end && times.count < 10_000) { times.append(1000 * measure(body)) }
        return times
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
