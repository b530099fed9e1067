import StarlingThreads

/// Bounds the lines of a log that actors can cause by coming and going, or by sending what is invalid: a fleet that starts gets a line
/// each, who comes and goes all the time only so many.
package struct LineAllowance {
    /// Lines that may be written at once, and lines a second in the long run.
    package static let burst = 1000.0
    static let perSecond = 5.0

    private var left = Self.burst
    private var lastUse: Deadline?
    /// Lines that were not written and not summed up.
    private(set) var withheld = 0

    /// Whether a line may be written; else it is counted.
    mutating func take(at now: Deadline) -> Bool {
        refill(at: now)
        guard left >= 1 else {
            withheld += 1
            return false
        }
        left -= 1
        return true
    }

    /// The lines that were withheld, once there is room for a line again.
    mutating func takeWithheld(at now: Deadline) -> Int? {
        guard withheld > 0 else { return nil }
        refill(at: now)
        // Half a second of lines: sums stay rare.
        guard left >= Self.perSecond / 2 else { return nil }
        defer { withheld = 0 }
        return withheld
    }

    private mutating func refill(at now: Deadline) {
        if let lastUse { left = min(Self.burst, left + Self.perSecond * max(0, now.seconds(since: lastUse))) }
        lastUse = now
    }
}
