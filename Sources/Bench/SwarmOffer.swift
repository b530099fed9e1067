import StarlingExperience
import StarlingMessages
package import StarlingTransport

/// What learner and sessions of the swarm bench bring: vector unrolls of the transport bench, one at a time.
package enum SwarmOffer {
    /// Bytes of the parameters that every update publishes.
    package static let parameterByteCount = 4096
    /// Bytes of unrolls granted, under way or queued: never what limits.
    private static let byteBudget = 1 << 30
    static let shape = TransportShape.vector

    /// What the learner asks for: credit for half of the sessions at a time, so that the others wait for their turn.
    package static func learner(sessions: Int) throws(TransportError) -> LearnerOffer {
        try LearnerOffer(
            run: "bench-swarm", runSeed: 1, generation: 1, environment: shape.environment, model: TransportShape.model,
            acting: shape.acting, environmentsPerActor: 1, unrollsPerBatch: max(1, sessions / 8), pacing: .fixed(batches: 4),
            byteBudget: byteBudget)
    }

    /// What one session brings. Nobody but this bench knows the name, so that any incarnation will do.
    static func actor(named name: String) -> ActorOffer {
        ActorOffer(
            role: .act, environments: [shape.environment], instance: name, incarnation: 1, build: "bench",
            outboxByteBudget: 4 * shape.layout.byteCount)
    }
}
