import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingTraining
import Testing

/// The losses around windows that are cleared, by equations written out and their differences. The decoder says the same of every window, by
/// its biases, so that all is known but the network in question.
@Suite struct ClearingTests {
    /// Windows of 2 × 2, two side by side and two after each other, with a third row to bootstrap from, which doesn't count.
    private struct Row {
        let seen: [UInt8]
        let clear: [UInt8]
        let transmission: Double
        let airlight: Double
    }

    private static let rows = (0..<6).map { (row: Int) -> Row in
        let seen = (0..<4).map { (pixel: Int) -> UInt8 in UInt8(120 + 7 * row + (19 * pixel) % 50) }
        let clear = (0..<4).map { (pixel: Int) -> UInt8 in UInt8(60 + (31 * row) % 90 + (23 * pixel) % 70) }
        return Row(seen: seen, clear: clear, transmission: 0.4 + 0.09 * Double(row), airlight: 0.75 + 0.04 * Double(row))
    }
    private static let counted = rows.prefix(4)
    private static let environment = EnvironmentSpec(
        name: "haze",
        observation: ObservationSpec(parts: [
            .init("transmission", [1, 1, 1]), .init("airlight", [1]), .init("window", [1, 2, 2], .uint8),
            .init("clear", [1, 2, 2], .uint8),
        ]), action: .discrete(2))

    private static func context(_ latent: LatentSettings = LatentSettings()) -> TrainingContext {
        let haze = ModelSpec.Likelihood.normal(variance: 0.01, mean: .sigmoid)
        let model = ModelSpec(
            encoder: .dense([]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .relu, latentCount: 2,
            likelihood: haze, representation: .vae, observationScale: [],
            branches: [
                .init("transmission", encoder: nil, decoder: .dense([]), likelihood: haze, weight: 0),
                .init("airlight", encoder: nil, decoder: .dense([]), likelihood: haze, weight: 3),
                .init("window", encoder: .dense([3]), decoder: nil, scale: 255, likelihood: haze),
                .init("clear", encoder: nil, decoder: nil, scale: 255, likelihood: haze),
            ])
        return TrainingContext(
            LatentPolicy(model: model, environment: environment),
            acting: ActingSpec(latentMode: .mean, unrollLength: 2, environmentsPerUnroll: 2), columnCount: 2, latent: latent,
            compute: .cpu())
    }

    private static func load(_ trainer: Trainer, _ context: TrainingContext) {
        let layout = UnrollLayout(environment: environment, model: context.policy.model, acting: context.acting)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, block)
        for (index, row) in rows.enumerated() {
            let bytes = view.observations(at: index / 2)
            let start = index % 2 * environment.observation.byteCount
            bytes.storeBytes(of: Float(row.transmission), toByteOffset: start, as: Float.self)
            bytes.storeBytes(of: Float(row.airlight), toByteOffset: start + 4, as: Float.self)
            for (place, byte) in (row.seen + row.clear).enumerated() { bytes[start + 8 + place] = byte }
        }
        let header = UnrollHeader(
            sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: 0, firstEnvironment: 0, noiseKey: 1,
            episodes: [])
        trainer.load(view.reading, header, column: 0)
    }

    /// What stands in decoder and encoder: t' and A' by their biases, z of mean 0 and a log σ².
    private static func known(transmission: Float, airlight: Float, logVariance: Float) -> [(String, [Float])] {
        [
            ("decoder.transmission.output.weight", [0, 0]), ("decoder.transmission.output.bias", [transmission]),
            ("decoder.airlight.output.weight", [0, 0]), ("decoder.airlight.output.bias", [airlight]),
            ("encoder.mean.weight", [0, 0, 0, 0, 0, 0]), ("encoder.mean.bias", [0, 0]),
            ("encoder.logVariance.weight", [0, 0, 0, 0, 0, 0]), ("encoder.logVariance.bias", [logVariance, logVariance]),
        ]
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func softplus(_ x: Double) -> Double { log(1 + exp(x)) }

    /// Σ over the steps that count of (1.1 − t)·error / Σ (1.1 − t).
    private static func byHaze(_ error: (Row) -> Double) -> Double {
        var (sum, total) = (0.0, 0.0)
        for row in counted {
            let weight = 1.1 - row.transmission
            (sum, total) = (sum + weight * error(row), total + weight)
        }
        return sum / total
    }

    /// J', of logits of t' and A'.
    private static func cleared(_ row: Row, transmission: Double, airlight: Double) -> [Double] {
        let (t, air) = (max(0.1, sigmoid(transmission)), sigmoid(airlight))
        return row.seen.map { min(1, max(0, (Double($0) / 255 - air) / t + air)) }
    }

    // MARK: Against a discriminator

    /// D's logit of a window. Of 3 × 3 around an image of 2 × 2, and around what is left of it, most taps see nothing.
    private static func logit(_ window: [Double], _ p: [String: [Double]]) -> Double {
        let (firstWeight, secondWeight, last) = (
            p["discriminator.0.weight"]!, p["discriminator.1.weight"]!, p["discriminator.output.weight"]!
        )
        var first = p["discriminator.0.bias"]!
        for channel in first.indices {
            for place in 0..<4 {
                let tap = (1 + place / 2) * 3 + 1 + place % 2
                first[channel] += firstWeight[channel * 9 + tap] * window[place]
            }
            first[channel] = max(0, first[channel])
        }
        var second = p["discriminator.1.bias"]!
        for channel in second.indices {
            for input in first.indices { second[channel] += secondWeight[(channel * first.count + input) * 9 + 4] * first[input] }
            second[channel] = max(0, second[channel])
        }
        var logit = p["discriminator.output.bias"]![0]
        for channel in second.indices { logit += last[channel] * second[channel] }
        return logit
    }

    private static func discriminatorLoss(_ p: [String: [Double]]) -> Double {
        byHaze { row in
            let made = cleared(
                row, transmission: p["decoder.transmission.output.bias"]![0], airlight: p["decoder.airlight.output.bias"]![0])
            return (softplus(-logit(row.clear.map { Double($0) / 255 }, p)) + softplus(logit(made, p))) / 2
        }
    }

    private static func adversarialLoss(_ p: [String: [Double]]) -> Double {
        byHaze { row in
            let made = cleared(
                row, transmission: p["decoder.transmission.output.bias"]![0], airlight: p["decoder.airlight.output.bias"]![0])
            return softplus(-logit(made, p))
        }
    }

    /// Losses as written out; and the discriminator's parameters have the differences of its loss alone, the decoder's those of the other.
    @Test func discriminatorAndDecoderEachFollowTheirOwnLoss() throws {
        let (context, cost) = (Self.context(), 0.3)
        let discriminator = ParameterGroup.discriminator
        let groups = [
            TrainedGroup(.all.excluding(discriminator.modules!), context.optimizer), TrainedGroup(discriminator, context.optimizer),
        ]
        let phase = Phase([AdversarialClearing(cost: Float(cost))], moving: groups.map(\.group.name))
        let trainer = try Trainer(TrainingDesign(groups: groups, phases: [phase]), context)
        for (name, values) in Self.known(transmission: 0.3, airlight: 1.4, logVariance: -4) { trainer.set(name, to: values) }
        trainer.set("discriminator.output.weight", to: (0..<32).map { Float($0 * 7 % 13) / 6 - 1 })
        var p: [String: [Double]] = [:]
        for slot in trainer.layout.slots { p[slot.name] = trainer.values(of: slot.name).map(Double.init) }
        Self.load(trainer, context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: 0, &metrics)
        #expect(abs(metrics[.discriminatorLoss] - Self.discriminatorLoss(p)) < 1e-5)
        #expect(abs(metrics[.adversarialLoss] - Self.adversarialLoss(p)) < 1e-5)

        let names = [
            (1, 1, "discriminator.0.weight"), (1, 1, "discriminator.0.bias"), (1, 1, "discriminator.1.weight"),
            (1, 1, "discriminator.output.weight"), (0, cost, "decoder.transmission.output.bias"), (0, cost, "decoder.airlight.output.bias"),
        ]
        for (group, weight, name) in names {
            let slot = try #require(trainer.layout.slot(named: name))
            let found = trainer.gradients(group: group) { Array($0[slot.offset..<slot.offset + slot.count]) }
            var largest = 0.0
            for index in 0..<slot.count {
                func loss(_ by: Double) -> Double {
                    var moved = p
                    moved[name]![index] += by
                    return weight * (group == 1 ? Self.discriminatorLoss(moved) : Self.adversarialLoss(moved))
                }
                let expected = (loss(1e-5) - loss(-1e-5)) / 2e-5
                largest = max(largest, abs(expected))
                #expect(abs(Double(found[index]) - expected) < 1e-5, "\(name) \(index): \(found[index]), not \(expected)")
            }
            #expect(largest > 1e-3, "\(name)")
        }
    }

    // MARK: Beside a conditional autoencoder

    /// What the conditional autoencoder costs where z is `z` for every row.
    private static func conditionalLoss(windowCost: Double, transmissionCost: Double, transmission: Double, airlight: Double) -> Double {
        let window = byHaze { row in
            let made = cleared(row, transmission: transmission, airlight: airlight)
            var error = 0.0
            for (pixel, byte) in zip(made, row.clear) { error += abs(pixel - Double(byte) / 255) }
            return error / 4
        }
        return windowCost * window + transmissionCost * byHaze { abs(sigmoid(transmission) - $0.transmission) }
    }

    /// −log p of A', three times as its weight says.
    private static func reconstruction(airlight: Double) -> Double {
        var sum = 0.0
        for row in counted {
            let error = row.airlight - sigmoid(airlight)
            sum += error * error / 0.02 + 0.5 * log(2 * Double.pi * 0.01)
        }
        return 3 * sum / 4
    }

    private func trainer(_ context: TrainingContext, cost: Float) throws -> Trainer {
        let loss = ConditionalClearing(context, cost: cost, windowCost: 2, transmissionCost: 0.5)
        return try Trainer(TrainingDesign([Phase(context.representation + [loss])], context), context)
    }

    /// The loss with its divergence as written out; and the divergence alone moves r, away from nothing, and q towards r.
    @Test func theDivergenceIsThatOfRAndQ() throws {
        var latent = LatentSettings()
        (latent.vaeCost, latent.klWeight) = (0.4, 0.7)
        let context = Self.context(latent)
        let trainer = try trainer(context, cost: 1.5)
        for (name, values) in Self.known(transmission: 0.3, airlight: 1.4, logVariance: -1) { trainer.set(name, to: values) }
        trainer.set("recognition.output.weight", to: Array(repeating: 0, count: 4 * 128))
        let (shift, widening) = ([0.5, -0.25], [0.3, -0.6])
        trainer.set("recognition.output.bias", to: (shift + widening).map(Float.init))
        Self.load(trainer, context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: 0, &metrics)

        var divergence = 0.0
        for (delta, rho) in zip(shift, widening) { divergence += 0.5 * (delta * delta * exp(1) + exp(rho) - 1 - rho) }
        #expect(abs(metrics[.recognitionDivergence] - divergence) < 1e-5)
        // D is 2: t and A are decoded.
        let expected =
            Self.conditionalLoss(windowCost: 2, transmissionCost: 0.5, transmission: 0.3, airlight: 1.4)
            + 0.4 / 2 * (Self.reconstruction(airlight: 1.4) + 0.7 * divergence)
        #expect(abs(metrics[.conditionalLoss] - expected) < 1e-4)

        func gradient(_ name: String) throws -> [Double] {
            let slot = try #require(trainer.layout.slot(named: name))
            return trainer.gradients { $0[slot.offset..<slot.offset + slot.count].map(Double.init) }
        }
        let weight = 0.4 / 2 * 0.7
        let shifted = shift.map { (delta: Double) -> Double in 1.5 * weight * delta * exp(1) }
        let widened = widening.map { (rho: Double) -> Double in 1.5 * weight * 0.5 * (exp(rho) - 1) }
        #expect(zip(try gradient("recognition.output.bias"), shifted + widened).allSatisfy { abs($0 - $1) < 1e-5 })
        // Of log σ² of q: that of KL(r ‖ q), and of KL(q ‖ N(0, 1)) beside it.
        let spread = shift.map { (delta: Double) -> Double in weight * 0.5 * (exp(-1) - 1 - 1.5 * delta * delta * exp(1)) }
        #expect(zip(try gradient("encoder.logVariance.bias"), spread).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// What is decoded is z of r, at almost no noise: the mean of q, which is 0, and δ.
    @Test(arguments: [0.0, 0.8]) func theDecoderSeesWhatRSays(shift: Double) throws {
        var latent = LatentSettings()
        (latent.vaeCost, latent.klWeight) = (0.4, 0)
        let context = Self.context(latent)
        let trainer = try trainer(context, cost: 1)
        for (name, values) in Self.known(transmission: 0.3, airlight: 1.4, logVariance: -10) { trainer.set(name, to: values) }
        trainer.set("decoder.transmission.output.weight", to: [1, 0])
        trainer.set("recognition.output.weight", to: Array(repeating: 0, count: 4 * 128))
        trainer.set("recognition.output.bias", to: [Float(shift), 0, 0, 0])
        Self.load(trainer, context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: 0, &metrics)
        func expected(_ z: Double) -> Double {
            Self.conditionalLoss(windowCost: 2, transmissionCost: 0.5, transmission: 0.3 + z, airlight: 1.4)
                + 0.4 / 2 * Self.reconstruction(airlight: 1.4)
        }
        #expect(abs(metrics[.conditionalLoss] - expected(shift)) < 0.01)
        #expect(abs(expected(0.8) - expected(0)) > 0.05)
    }
}
