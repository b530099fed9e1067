/// Where the thread of an actor's loop spent its time, and what its process cost: nanoseconds since it started.
package struct ActorTimes: Hashable, Sendable {
    /// Stepping environments, with the drawing of actions and the writing of unrolls.
    package var stepping: UInt64 = 0
    /// Computing logits. It is timed in one row of eight and extrapolated.
    package var inference: UInt64 = 0
    /// Handing unrolls to the link, with their checksums, and copying parameters from it.
    package var transport: UInt64 = 0
    /// For credit, parameters, or a learner.
    package var waiting: UInt64 = 0
    /// Playing greedy episodes.
    package var evaluating: UInt64 = 0
    /// Processor time of the whole process, all its threads.
    package var processor: UInt64 = 0
    /// What went wrong meanwhile with its environments.
    package var faults = EnvironmentFaults()

    package init(waiting: UInt64 = 0) { self.waiting = waiting }

    /// Of the loop's thread, all accounted for.
    package var total: UInt64 { stepping &+ inference &+ transport &+ waiting &+ evaluating }

    /// Sums wrap: a peer may claim anything, but must not stop us.
    package static func &+= (a: inout Self, b: Self) {
        a.stepping &+= b.stepping
        a.inference &+= b.inference
        a.transport &+= b.transport
        a.waiting &+= b.waiting
        a.evaluating &+= b.evaluating
        a.processor &+= b.processor
        a.faults &+= b.faults
    }

    /// From `earlier` to this, field by field; 0 where it is less.
    package func since(_ earlier: Self) -> Self {
        func difference(_ field: KeyPath<Self, UInt64>) -> UInt64 {
            self[keyPath: field] > earlier[keyPath: field] ? self[keyPath: field] - earlier[keyPath: field] : 0
        }
        var result = Self()
        result.stepping = difference(\.stepping)
        result.inference = difference(\.inference)
        result.transport = difference(\.transport)
        result.waiting = difference(\.waiting)
        result.evaluating = difference(\.evaluating)
        result.processor = difference(\.processor)
        return result
    }
}
