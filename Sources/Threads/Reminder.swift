/// When it is to be said again that something still goes on.
package struct Reminder: Sendable {
    private var next: Deadline
    private var pause: Double
    private let growth: Double

    /// - Parameters:
    ///   - seconds: from now to the first time.
    ///   - growth: by which each pause is longer than the one before; 1: all are the same.
    package init(after seconds: Double, growth: Double = 1, from now: Deadline = .now) {
        next = now.advanced(seconds: seconds)
        (pause, self.growth) = (seconds, growth)
    }

    /// Whether it is time to say it, which is then taken for said.
    package mutating func remind(at now: Deadline = .now) -> Bool {
        guard now >= next else { return false }
        pause *= growth
        next = now.advanced(seconds: pause)
        return true
    }
}
