import Foundation
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// The normaliser: the same function in actors and learner, that no loss moves.
@Suite struct NormalizationTests {
    private let vectors = EnvironmentSpec(name: "vectors", observation: ObservationSpec(shape: [3]), action: .discrete(2))
    private let model = ModelSpec(
        encoder: .dense([5]), decoder: .mirrored, policy: .dense([4]), value: .dense([4]), activation: .tanh, latentCount: 2,
        likelihood: .normal(variance: 0.1), representation: .vae, observationScale: [2, 4, 0.5], frameStack: 2,
        normalizesObservations: true)

    private func bank(_ layout: ParameterLayout, mean: [Float], scale: [Float]) throws -> ParameterBank {
        let bank = ParameterBank(layout, seed: 3)
        for (name, values) in [(ModelArchitecture.normalizerMean, mean), (ModelArchitecture.normalizerScale, scale)] {
            let slot = try #require(layout.slot(named: name))
            #expect(slot.dims == [values.count])
            bank.withUnsafeMutableBufferPointer { for (index, value) in values.enumerated() { $0[slot.offset + index] = value } }
        }
        return bank
    }

    /// (o/scale − mean)·scale within ±10, in double precision; one frame's statistics for each of a stack.
    private func expected(_ observations: [Float], _ scales: [Float], mean: [Float], scale: [Float]) -> [Float] {
        observations.enumerated().map { index, o in
            let i = index % mean.count
            let x = Double(o) / Double(scales[i % scales.count])
            return Float(min(10, max(-10, (x - Double(mean[i])) * Double(scale[i]))))
        }
    }

    @Test func itBeginsAsNoneAndIsWhatItsStatisticsSay() throws {
        let policy = LatentPolicy(model: model, environment: vectors)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        let output = g.output("x", x)
        let plan = try Plan(g, rows: [.unroll: 2], .cpu())
        let observations: [Float] = [1, -2, 3, 0.5, 100, -0.25, 7, 8, -9, 0, 3, 4.5]
        plan.writeBytes(port) { $0.copyBytes(from: observations.withUnsafeBytes(Array.init)) }
        for (mean, scale) in [([0, 0, 0], [1, 1, 1]), ([0.25, -1, 2], [2, 0.5, 3])] as [([Float], [Float])] {
            let bank = mean == [0, 0, 0] ? ParameterBank(g.layout, seed: 3) : try bank(g.layout, mean: mean, scale: scale)
            plan.run(.forward, with: bank)
            let found = plan.read(output) { Array($0) }
            let wanted = expected(observations, model.observationScale, mean: mean, scale: scale)
            #expect(distance(found, wanted) < 1e-6, "\(found), not \(wanted)")
            #expect(found.contains(10) || found.contains(-10))
        }
    }

    @Test func imagesAreNormalisedNumberByNumber() throws {
        let image = BlockTests.small.with {
            ($0.frameStack, $0.observationScale, $0.normalizesObservations) = (2, [255], true)
        }
        let policy = LatentPolicy(model: image, environment: environment([2, 9, 9]))
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        #expect(x.shape.dims == [4, 9, 9])
        let output = g.output("x", x)
        let plan = try Plan(g, rows: [.unroll: 3], .cpu())
        let bytes = Formula.observations(3 * 324)
        plan.writeBytes(port) { $0.copyBytes(from: bytes) }
        let mean = (0..<162).map { Float($0) / 200 }
        let scale = (0..<162).map { 1 + Float($0 % 7) }
        plan.run(.forward, with: try bank(g.layout, mean: mean, scale: scale))
        #expect(distance(plan.read(output) { Array($0) }, expected(bytes.map { Float($0) }, [255], mean: mean, scale: scale)) < 1e-5)
    }

    @Test func noLossMovesItsStatistics() throws {
        let rig = try Rig(LatentPolicy(model: model, environment: vectors), rows: 2, differentiated: true)
        let observations = (0..<12).map { Float($0) / 4 }
        rig.run(observations.withUnsafeBytes(Array.init), try bank(rig.layout, mean: [0.25, -1, 2], scale: [2, 0.5, 3]))
        let gradients = rig.plan.gradients { Array($0) }
        for slot in rig.layout.slots {
            let gradient = gradients[slot.offset..<slot.offset + slot.count]
            switch ParameterSpec.module(of: slot.name) {
            case "normalizer": #expect(gradient.allSatisfy { $0 == 0 })
            case "encoder", "decoder": #expect(gradient.contains { $0 != 0 }, "\(slot.name)")
            default: break
            }
        }
    }

    /// Decoders are compared with what the encoder saw.
    @Test func reconstructionsAreOfNormalisedObservations() throws {
        let policy = LatentPolicy(model: model, environment: vectors)
        let rig = try Rig(policy, rows: 1)
        let (mean, scale): ([Float], [Float]) = ([0.25, -1, 2], [2, 0.5, 3])
        let observations: [Float] = [1, -2, 3, 0.5, 100, -0.25]
        rig.run(observations.withUnsafeBytes(Array.init), try bank(rig.layout, mean: mean, scale: scale))
        let x = expected(observations, model.observationScale, mean: mean, scale: scale)
        let error = zip(x, try rig.read("decoded")).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let density = 0.5 * 6 * log(2 * Double.pi * 0.1)
        #expect(abs(Double(try rig.read("reconstruction")[0]) - (Double(error) / 0.2 + density)) < 1e-3)
    }

    @Test func actorsAndLearnerFindTheSameBits() throws {
        let policy = LatentPolicy(model: model, environment: vectors)
        let rig = try Rig(policy, rows: 4, differentiated: true)
        let all = try bank(rig.layout, mean: [0.25, -1, 2], scale: [2, 0.5, 3])
        let observations = (0..<24).map { Float($0 * $0 % 17) / 3 - 2 }.withUnsafeBytes(Array.init)
        rig.run(observations, all)
        let acting = ActingGraph(policy, latentMode: .mean, layoutMode: .mean)
        let plan = try Plan(acting.graph, rows: [.acting: 4], .cpu())
        let sent = ParameterBank(acting.graph.layout)
        all.withUnsafeBufferPointer { sent.copy(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer($0)[..<(4 * sent.count)])) }
        plan.writeBytes(acting.observation) { $0.copyBytes(from: observations) }
        plan.run(.forward, with: sent)
        #expect(plan.read(acting.logits) { Array($0) } == (try rig.read("logits")))
    }

    /// Model D of the page on the model on the wire, whose numbers were made in float64 from what it says.
    @Test func thePagesCheckVectorHolds() throws {
        let policy = LatentPolicy(
            model: ModelSpec(
                encoder: .dense([3]), decoder: .mirrored, policy: .dense([3]), value: .dense([]), activation: .tanh, latentCount: 2,
                likelihood: .normal(variance: 0.1), representation: .vae, observationScale: [2, 4], frameStack: 2,
                normalizesObservations: true, normalizesHeads: true),
            environment: EnvironmentSpec(name: "D", observation: ObservationSpec(shape: [2]), action: .discrete(2)))
        let acting = ActingGraph(policy, latentMode: .noise, layoutMode: .noise)
        let layout = acting.graph.layout
        let bank = ParameterBank(layout)
        bank.withUnsafeMutableBufferPointer {
            for (s, slot) in layout.slots.enumerated() {
                for i in 0..<slot.count { $0[slot.offset + i] = Float((7 * i + 3 * s) % 11 - 5) / 16 }
            }
        }
        #expect(layout.slots.count == 14 && layout.count * 4 == 896)
        let digest = bank.withUnsafeBufferPointer { Digest.of(UnsafeRawBufferPointer($0)) }
        #expect(digest == 0x7611_7E03_D305_018C)
        let plan = try Plan(acting.graph, rows: [.acting: 1], .cpu())
        plan.writeBytes(acting.observation) { $0.copyBytes(from: ([1, -2, 100, 3] as [Float]).withUnsafeBytes(Array.init)) }
        let noise = try #require(acting.noise)
        plan.write(noise.key) { $0[0] = 0x0123_4567_89AB_CDEF }
        plan.write(noise.step) { $0[0] = (1 << 32) + 5 }
        plan.write(noise.environment) { $0[0] = 3 }
        plan.run(.forward, with: bank)
        #expect(distance(plan.read(acting.logits) { Array($0) }, [-0.0034678, -0.2976398]) < 1e-6)
    }
}
