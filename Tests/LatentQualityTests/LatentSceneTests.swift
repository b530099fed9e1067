import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import Testing

/// What is shown is what the model computes.
@Suite struct LatentSceneTests {
    private func policy(_ change: (inout ModelSpec) -> Void = { _ in }) -> LatentPolicy {
        var model = ModelSpec(
            encoder: .dense([5]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: 4.0), representation: .vae, observationScale: [])
        change(&model)
        let environment = EnvironmentSpec(name: "vectors", observation: ObservationSpec(shape: [3]), action: .discrete(2))
        return LatentPolicy(model: model, environment: environment)
    }

    private let observations = (0..<600).map { Float(($0 * 7919) % 101) / 50 - 1 }

    private func view(_ policy: LatentPolicy, showsValues: Bool = true) throws -> (view: LatentScene, sample: LatentSample) {
        let bank = ParameterBank(policy.layout, seed: 3)
        return try observations.withUnsafeBytes { bytes in
            (
                try LatentSceneMaker(policy, rows: 256, showsValues: showsValues).view(parameters: bank, observations: bytes),
                try LatentSample(policy, parameters: bank, observations: bytes, seed: 0)
            )
        }
    }

    @Test func theViewIsThatOfTheSample() throws {
        let (view, sample) = try view(policy())
        #expect(view.shape == [3] && view.frameCount == 1 && view.observations.rows == 100)
        for shown in 0..<100 {
            let row = 2 * shown
            func same(_ a: Matrix, _ b: Matrix) -> Bool {
                a.values[3 * shown..<3 * shown + 3].elementsEqual(b.values[3 * row..<3 * row + 3])
            }
            #expect(same(view.observations, sample.observations))
            #expect(same(try #require(view.reconstructions), try #require(sample.reconstructions)))
        }
        let quality = try #require(try LatentQuality(sample).posterior)
        #expect(view.latents.map(\.divergence) == quality.divergences && view.latents.map(\.information) == quality.informations)
        #expect(view.values?.count == 200 && view.map.rows == 200)
    }

    /// Of two latents the plane is all there is: distances stay, and the first direction is the longer one.
    @Test func theMapKeepsDistances() throws {
        let (view, sample) = try view(policy())
        func distance(_ matrix: Matrix, _ a: Int, _ b: Int) -> Float {
            let (x, y) = (matrix.values[2 * a] - matrix.values[2 * b], matrix.values[2 * a + 1] - matrix.values[2 * b + 1])
            return (x * x + y * y).squareRoot()
        }
        for a in stride(from: 0, to: 190, by: 7) { #expect(abs(distance(view.map, a, a + 9) - distance(sample.means, a, a + 9)) < 1e-4) }
        #expect(abs(view.mapShares.reduce(0, +) - 1) < 1e-6 && view.mapShares[0] >= view.mapShares[1])
    }

    /// A decoder of one layer goes along a latent in a straight line.
    @Test func aTraversalMovesOneLatent() throws {
        let (view, _) = try view(policy())
        #expect(view.traversals.map(\.latent).sorted() == [0, 1])
        #expect(view.latents[view.traversals[0].latent].information >= view.latents[view.traversals[1].latent].information)
        for traversal in view.traversals {
            let (settings, decoded) = (traversal.settings, traversal.decoded.values)
            #expect(settings == settings.sorted() && traversal.decoded.rows == settings.count)
            for column in 0..<3 {
                let slopes = (1..<settings.count).map { (decoded[3 * $0 + column] - decoded[column]) / (settings[$0] - settings[0]) }
                #expect(slopes.allSatisfy { abs($0 - slopes[0]) < 1e-3 } && slopes[0] != 0)
            }
        }
    }

    @Test func whatAModelHasNotIsNotShown() throws {
        #expect(try view(policy(), showsValues: false).view.values == nil)
        #expect(try view(policy { $0.core = .gru(4) }).view.values == nil)
        let bare = try view(policy { $0.representation = .none }).view
        #expect(bare.reconstructions == nil && bare.traversals.isEmpty && bare.latents.isEmpty && bare.map.rows == 200)
        let codes = try view(policy { ($0.latentCount, $0.latentClasses) = (6, 3) }).view
        #expect(codes.latents.count == 2 && codes.traversals.allSatisfy { $0.settings == [0, 1, 2] && $0.decoded.rows == 3 })
    }
}
