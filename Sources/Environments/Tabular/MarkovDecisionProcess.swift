/// A Markov decision process with finitely many states and actions, as a table: what a tabular task is stepped by, and what its optimum
/// and the values of a policy are computed from.
public struct MarkovDecisionProcess: Sendable {
    /// One of the things that may come of an action.
    public struct Outcome: Hashable, Sendable, BitwiseCopyable {
        /// How likely it is, given state and action.
        public var probability: Double
        /// The state that follows.
        public var next: Int
        /// What it is worth at once.
        public var reward: Double
        /// Whether the episode ends with it.
        public var terminates: Bool

        /// - Parameter next: the state that follows.
        public init(_ probability: Double, to next: Int, reward: Double, terminates: Bool = false) {
            (self.probability, self.next, self.reward, self.terminates) = (probability, next, reward, terminates)
        }
    }

    /// States, numbered from 0.
    public let stateCount: Int
    /// Actions, numbered from 0, the same in every state.
    public let actionCount: Int
    /// How likely an episode is to begin in each state.
    public let start: [Double]
    /// Of all states and actions, one after the other.
    private let outcomes: [Outcome]
    /// Where those of a state and an action begin, `[S·A + 1]`.
    private let offsets: [Int]

    /// - Parameters:
    ///   - start: how likely an episode is to begin in each state, `[S]`.
    ///   - outcomes: of an action in a state; their probabilities sum to 1.
    public init(actionCount: Int, start: [Double], outcomes: (_ state: Int, _ action: Int) -> [Outcome]) {
        (stateCount, self.actionCount, self.start) = (start.count, actionCount, start)
        var (all, offsets): ([Outcome], [Int]) = ([], [0])
        for state in start.indices {
            for action in 0..<actionCount {
                all += outcomes(state, action)
                offsets.append(all.count)
            }
        }
        (self.outcomes, self.offsets) = (all, offsets)
    }

    /// What may come of an action in a state.
    public func outcomes(_ state: Int, _ action: Int) -> ArraySlice<Outcome> {
        let pair = state * actionCount + action
        return outcomes[offsets[pair]..<offsets[pair + 1]]
    }

    /// Whether anything may come of an action but that all stays as it is.
    func changes(_ state: Int, _ action: Int) -> Bool { outcomes(state, action).contains { $0.next != state || $0.terminates } }

    /// The outcome that a number in 0 ..< 1 chooses.
    func outcome(_ state: Int, _ action: Int, choice: Double) -> Outcome {
        let pair = state * actionCount + action
        let last = offsets[pair + 1] - 1
        var (place, sum) = (offsets[pair], 0.0)
        while place < last {
            sum += outcomes[place].probability
            if choice < sum { break }
            place += 1
        }
        return outcomes[place]
    }

    /// The first state that a number in 0 ..< 1 chooses.
    func firstState(choice: Double) -> Int {
        var (sum, last) = (0.0, 0)
        for state in start.indices where start[state] > 0 {
            (sum, last) = (sum + start[state], state)
            if choice < sum { return state }
        }
        return last
    }
}
