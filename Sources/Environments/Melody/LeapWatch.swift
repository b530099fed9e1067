/// Follows the leaps of a melody, steps of a fifth or more, and tells what became of each: as RL Tuner's own table counts them (Jaques et al.
/// 2017, section 4.2; `detect_leap_up_back` of the code published with it).
///
/// A leap is open until it is resolved: by a note that reaches where it came from, or lies beyond, or by a leap back that doesn't come at once.
package struct LeapWatch: Sendable {
    package enum Outcome: Sendable { case none, resolved, doubled }

    /// Sixteenths within which a leap back closes a leap, and doesn't resolve it.
    private static let haste = 6

    /// 1 of an open leap upwards, −1 downwards, 0 where none is open; and where it came from.
    private var direction = 0
    private var origin = 0
    private var last: Int?
    /// Since the last leap.
    private var sixteenths = 0

    package init() {}

    /// What a token makes of the leap before it.
    /// - Parameter pitch: of the note that it begins; nil where it begins none.
    package mutating func hear(_ pitch: Int?) -> Outcome {
        guard let pitch else {
            sixteenths += 1
            return .none
        }
        let from = last ?? pitch
        let interval = pitch - from
        last = pitch
        guard abs(interval) >= MelodyRule.fifth else {
            sixteenths += 1
            guard direction != 0, (origin - pitch) * direction >= 0 else { return .none }
            direction = 0
            return .resolved
        }
        let waited = sixteenths
        sixteenths = 0
        if direction == interval.signum() { return .doubled }
        guard direction == 0 else {
            direction = 0
            return waited > Self.haste ? .resolved : .none
        }
        (direction, origin) = (interval.signum(), from)
        return .none
    }
}
