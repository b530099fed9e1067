package import StarlingSafetensors

/// Where the actors of a learner's own process stand between two batches: nothing is under way then, so that a run which
/// goes on from here is the run that never stopped.
package struct SerialState: Codable, Hashable, Sendable {
    /// Names of the actors in the wait queue for credit before the newest parameters were published.
    package var creditQueue: [String]
    package var actors: [Actor]

    /// As checkpoints have named them from the first.
    private enum CodingKeys: String, CodingKey {
        case creditQueue = "creditLine"
        case actors
    }

    package struct Actor: Codable, Hashable, Sendable {
        package var instance: String
        package var incarnation: UInt64
        /// Unrolls it has completed, all of them taken over.
        package var produced: UInt64
        /// Which of its groups steps next.
        package var nextGroup: Int
        /// Steps that each group has taken.
        package var steps: [UInt64]

        package init(instance: String, incarnation: UInt64, produced: UInt64, nextGroup: Int, steps: [UInt64]) {
            self.instance = instance
            self.incarnation = incarnation
            self.produced = produced
            self.nextGroup = nextGroup
            self.steps = steps
        }
    }

    package init(creditQueue: [String], actors: [Actor]) {
        self.creditQueue = creditQueue
        self.actors = actors
    }
}

/// A `SerialState` and the arrays beside it: for every group whatever bytes it goes on from, by name.
package struct SerialCapture: Sendable {
    package var state: SerialState
    package var arrays: [NamedArray]

    package init(state: SerialState, arrays: [NamedArray]) {
        self.state = state
        self.arrays = arrays
    }
}
