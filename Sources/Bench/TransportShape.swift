package import StarlingExperience
package import StarlingMessages
package import StarlingTransport

/// What the transport bench sends: the two ends of the range of unrolls, and pictures that can be compressed.
package enum TransportShape: String, Sendable, CaseIterable {
    /// T = 64 steps of 4 floats, two actions.
    case vector
    /// T = 20 steps of 3×64×64 bytes, six actions.
    case image
    /// As `image`, of a plain ground with things that move on it, as games and simulators draw.
    case drawing

    package var environment: EnvironmentSpec {
        switch self {
        case .vector:
            EnvironmentSpec(name: "bench-vector", observation: ObservationSpec(shape: [4]), action: .discrete(2))
        case .image, .drawing:
            EnvironmentSpec(
                name: "bench-\(rawValue)", observation: ObservationSpec(shape: [3, 64, 64], scalar: .uint8),
                action: .discrete(6))
        }
    }

    package var acting: ActingSpec {
        ActingSpec(latentMode: .mean, unrollLength: self == .vector ? 64 : 20, environmentsPerUnroll: 1)
    }

    package var layout: UnrollLayout { UnrollLayout(environment: environment, model: Self.model, acting: acting) }

    /// Any: nothing is computed.
    static let model = ModelSpec(
        encoder: .dense([8]), decoder: .dense([8]), policy: .dense([]), value: .dense([]), activation: .tanh,
        latentCount: 2, likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [])

    /// Unrolls an actor steps at once, and those of a batch.
    private var unrollsPerActor: Int { self == .vector ? 64 : 16 }
    private var unrollsPerBatch: Int { self == .vector ? 128 : 32 }

    /// What a learner asks for.
    /// - Parameter isRoundTrip: credit for one unroll at a time.
    package func offer(
        isRoundTrip: Bool, compression: BlockCompression = .none
    ) throws(TransportError) -> LearnerOffer {
        try LearnerOffer(
            run: "bench-\(rawValue)", runSeed: 1, generation: 1, environment: environment,
            model: Self.model,
            acting: acting, environmentsPerActor: isRoundTrip ? 1 : unrollsPerActor,
            unrollsPerBatch: isRoundTrip ? 1 : unrollsPerBatch, pacing: .fixed(batches: isRoundTrip ? 1 : 4),
            byteBudget: isRoundTrip ? layout.byteCount : 256 << 20, compression: compression)
    }

    /// An unroll that passes all checks: noise or drawings as observations, all actions equally likely.
    package func fill(_ block: UnrollBlock) {
        let layout = layout
        block.base.initializeMemory(as: UInt8.self, repeating: 0, count: block.byteCount)
        let view = MutableUnrollView(layout, block.base)
        var state: UInt64 = 1
        for t in 0...layout.unrollLength {
            let row = view.observations(at: t)
            guard self != .drawing else {
                draw(row, t)
                continue
            }
            switch layout.observation.scalar {
            case .uint8:
                for index in row.indices {
                    state = Seed.finalize(state)
                    row[index] = UInt8(truncatingIfNeeded: state)
                }
            case .float32:
                for (index, _) in row.bindMemory(to: Float.self).enumerated() {
                    state = Seed.finalize(state)
                    row.storeBytes(of: Float(state >> 40) / 16_777_216, toByteOffset: 4 * index, as: Float.self)
                }
            }
        }
        // The log-probability of each of two or six actions with equal logits.
        let logProbability: Float = layout.actionParameterCount == 2 ? -0.693_147_2 : -1.791_759_5
        for t in 0..<layout.unrollLength {
            view.actions(at: t)[0] = Int32(t % layout.actionParameterCount)
            view.behaviorLogProbabilities(at: t)[0] = logProbability
        }
    }

    /// Three channels of 64×64 points, plain but for a dozen discs with a shade that move a point a step.
    private func draw(_ picture: UnsafeMutableRawBufferPointer, _ step: Int) {
        for (channel, ground) in ([90, 120, 60] as [UInt8]).enumerated() {
            for index in 0..<4096 { picture[4096 * channel + index] = ground }
        }
        for disc in 0..<12 {
            let (x, y) = ((11 * disc + step) % 64, (23 * disc + (disc % 2 == 0 ? step : 0)) % 64)
            let radius = 3 + disc % 3
            for v in -radius...radius {
                for u in -radius...radius where u * u + v * v <= radius * radius {
                    let place = 64 * ((y + v + 64) % 64) + (x + u + 64) % 64
                    for channel in 0..<3 { picture[4096 * channel + place] = UInt8(40 * channel + 8 * disc + 8 * (u + 5)) }
                }
            }
        }
    }
}
