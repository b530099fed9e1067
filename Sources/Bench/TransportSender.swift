import StarlingExperience
import StarlingMessages
import StarlingThreads
package import StarlingTransport

/// The actor's side of the transport bench: as fast as credit allows, it fills blocks from a template, as environments
/// would, and sends them.
package struct TransportSender {
    private let link: any ActorLink
    private let shape: TransportShape

    package init(_ link: any ActorLink, _ shape: TransportShape) { (self.link, self.shape) = (link, shape) }

    /// What an actor of the bench brings.
    package static func offer(_ shape: TransportShape, _ name: String) -> ActorOffer {
        ActorOffer(
            role: .act, environments: [shape.environment], instance: name, incarnation: 1, build: "bench",
            outboxByteBudget: 64 << 20)
    }

    /// Until the learner says goodbye.
    /// - Returns: microseconds from an unroll's sending to the credit for the next, where credit is for one at a time.
    package func run() throws(TransportError) -> [Double] {
        let layout = shape.layout
        let template = UnrollBlock(byteCount: layout.byteCount)
        shape.fill(template)
        var version = ParameterVersion(generation: 0, update: 0)
        var digest: UInt64 = 0
        var tag: UInt64 = 0
        var step: UInt64 = 0
        var trips: [Double] = []
        var sentAt: Deadline?
        let limit = Deadline.after(seconds: 600)
        while !limit.isPast {
            switch link.nextTurn(wanting: 256, before: .after(seconds: 0.2)) {
            case .rollout(let count, let parameters):
                if let sentAt, count == 1 { trips.append(1e6 * Deadline.now.seconds(since: sentAt)) }
                if let parameters { (version, digest, tag) = (parameters.version, parameters.digest, parameters.tag) }
                var round: [CompletedUnroll] = []
                for _ in 0..<count {
                    let block = link.makeBlock(byteCount: layout.byteCount)
                    block.base.copyMemory(from: template.base, byteCount: layout.byteCount)
                    let header = UnrollHeader(
                        sequence: 0, version: version, digest: digest, tag: tag, firstStep: step, firstEnvironment: 0, noiseKey: 1,
                        episodes: [])
                    round.append(CompletedUnroll(block, header))
                    step += UInt64(layout.unrollLength)
                }
                link.send(round)
                sentAt = .now
            case .finished: return trips
            case .failed(let error): throw error
            case .assigned, .evaluate, nil: break
            }
        }
        return trips
    }
}
