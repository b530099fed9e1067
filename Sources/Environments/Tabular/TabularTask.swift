public import StarlingExperience

/// An environment whose every state has a number: steps a ``MarkovDecisionProcess``.
///
/// Observation: `[S]`, 1 at the state's place, else 0.
///
/// With masks only those actions may be taken that can change the state or end the episode, as Gymnasium masks its taxi's.
public struct TabularTask: Environment, Sendable {
    /// States, actions and what follows them.
    public let process: MarkovDecisionProcess
    /// Steps after which an episode is truncated.
    public let timeLimit: Int
    public let masksActions: Bool
    private let draw: @Sendable (_ state: Int) -> [String]
    package private(set) var position = Position()

    /// What the rest of an episode depends on.
    package struct Position: Hashable, Sendable, BitwiseCopyable {
        package var state = 0
        /// Steps since the reset.
        package var steps = 0
        package var random = SeededGenerator(seed: 0)
    }

    /// - Parameter draw: lines of a terminal, all of the same width.
    public init(
        _ process: MarkovDecisionProcess, timeLimit: Int, masksActions: Bool = false, draw: @escaping @Sendable (_ state: Int) -> [String]
    ) {
        (self.process, self.timeLimit, self.masksActions, self.draw) = (process, timeLimit, masksActions, draw)
    }

    /// The same with masks.
    var masked: Self { Self(process, timeLimit: timeLimit, masksActions: true, draw: draw) }

    public var observationShape: [Int] { [process.stateCount] }
    public var action: ActionSpec { .discrete(process.actionCount) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        position = Position(random: SeededGenerator(seed: seed))
        position.state = process.firstState(choice: position.random.uniform(0, 1))
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        let outcome = process.outcome(position.state, action, choice: position.random.uniform(0, 1))
        position.state = outcome.next
        position.steps += 1
        write(into: &observation)
        let ending: Ending = outcome.terminates ? .terminated : position.steps >= timeLimit ? .truncated : .none
        return StepResult(reward: Float(outcome.reward), ending: ending)
    }

    public func writeActionMask(into mask: inout MutableSpan<UInt8>) {
        for action in 0..<process.actionCount where !process.changes(position.state, action) { mask[action] = 0 }
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        observation[position.state] = 1
    }

    public func savedState() -> [UInt8]? { withUnsafeBytes(of: position) { Array($0) } }

    /// Takes no state beyond the table.
    public mutating func restore(from bytes: [UInt8]) -> Bool {
        var saved = Position()
        guard bytes.count == MemoryLayout<Position>.size else { return false }
        withUnsafeMutableBytes(of: &saved) { $0.copyBytes(from: bytes) }
        guard (0..<process.stateCount).contains(saved.state), saved.steps >= 0 else { return false }
        position = saved
        return true
    }

    public var picture: Picture? { .text(draw(position.state)) }
}
