/// How a step of an environment ended.
public enum Ending: UInt8, Hashable, Sendable {
    /// The episode goes on.
    case none = 0
    /// The task is over: nothing follows, so the value of what comes next is 0.
    case terminated = 1
    /// Time ran out: the episode would have gone on, so the value of the final observation counts.
    case truncated = 2
}

/// What one row of an unroll is.
public enum StepKind: UInt8, Hashable, Sendable {
    /// An ordinary step within an episode.
    case ordinary = 0
    /// The step terminated its episode; the next row begins a new one, or, as a `reset`, holds the final observation.
    case terminated = 1
    /// The step truncated its episode; the next row holds the final observation.
    case truncated = 2
    /// Holds the final observation of an episode and no step: its action, reward and losses don't count, and it is not a
    /// frame. One follows each truncation, and may follow a termination; our environments' terminations have none.
    case reset = 3
}

extension StepKind {
    /// Whether a row of this raw kind is its episode's last as far as is known without the row after it. Not so after a
    /// truncation, whose final observation comes first.
    @inline(__always)
    package static func isLast(_ kind: UInt8) -> Bool { kind == terminated.rawValue || kind == reset.rawValue }

    /// Whether a row of the raw kind `kind` begins an episode, given the kind of the row before it: there the recurrent state
    /// is zero, and no stack of frames reaches behind it. The final observation of a terminated episode is still of it.
    @inline(__always)
    package static func begins(_ kind: UInt8, after before: UInt8) -> Bool {
        before == reset.rawValue || before == terminated.rawValue && kind != reset.rawValue
    }

    /// Of a step that ended so.
    public init(_ ending: Ending) {
        switch ending {
        case .none: self = .ordinary
        case .terminated: self = .terminated
        case .truncated: self = .truncated
        }
    }
}
