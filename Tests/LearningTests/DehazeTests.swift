import Foundation
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMetrics
import Testing

/// The recipe `dehaze`, small.
@Suite struct DehazeTests {
    private func settings(_ assignments: [String] = []) throws -> RunSettings {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Sources/Launch/Recipes/dehaze.yaml"
        var settings = RunSettings()
        try settings.apply(RunFile(text: try String(contentsOfFile: path, encoding: .utf8), name: "dehaze"))
        try settings.apply(
            assignments: [
                "frames=24000", "optimizer.horizon=48000", "goal.enabled=false", "acting.environments_per_actor=16", "batch.columns=32",
                "dehaze.minibatch_rows=256", "model.encoders.window={channels: [8, 16], kernels: [4, 3], strides: 2, dense: [64]}",
            ] + assignments)
        return settings
    }

    /// What is left of haze becomes less, and the decoder of τ knows better than the share of haze does.
    @Test func hazeIsClearedMoreAndMore() throws {
        let lockstep = try Lockstep(settings())
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0)
        // The targets travel, and what acts is the same policy.
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        for (metric, share) in [(Metric.dehazingError, 0.75), (.transmissionError, 0.75), (.reconstructionLoss(of: "hazy"), 0.8)] {
            let told = lockstep.reports.map { $0.metrics[metric] }.filter(\.isFinite)
            let (first, last) = (try #require(told.first), try #require(told.last))
            #expect(last < share * first, "\(metric.name): \(first) to \(last)")
        }
    }

    @Test(arguments: [
        (["environment=Catch", "model.encoders={}"], "dehaze needs observations with the parts window and clear"),
        (["model.encoders.transmission.likelihood=normal"], "set model.encoders.transmission to {role: target"),
        (["model.encoders.airlight.role=input"], "set model.encoders.airlight to {role: target"),
        (["model.encoders.clear.role=both"], "set model.encoders.clear.role to aside"),
        (["model.encoders.window.scale=1"], "leave model.encoders.window.scale out"),
        (["latent.representation=none"], "set latent.representation to vae"),
        (["model.frame_stack=2"], "set model.frame_stack to 1"),
        (["latent.representation=rae", "dehaze.conditional_cost=1"], "set latent.representation to vae, without model.latent_classes"),
        (["model.latent_classes=8", "dehaze.conditional_cost=1"], "or dehaze.conditional_cost to 0"),
    ])
    func whatCantBeIsToldByName(assignments: [String], words: String) throws {
        let settings = try settings(assignments)
        let spec = try EnvironmentRegistry.builtIn.entry(named: settings.environment).spec
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: spec) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "none")")
    }

    /// The ablation that decodes the picture itself.
    @Test func thePictureCanBeDecodedInstead() throws {
        let settings = try settings([
            "model.encoders.clear={role: target, decoder: [64], likelihood: sigmoid_normal}", "dehaze.window_cost=0", "frames=8000",
        ])
        let lockstep = try Lockstep(settings)
        _ = try #require(try lockstep.run())
        let told = lockstep.reports.map { $0.metrics[.reconstructionLoss(of: "clear")] }.filter(\.isFinite)
        #expect(told.count > 1 && told.last! < told[0], "\(told)")
    }

    /// The discriminator comes to tell cleared windows from clear ones, r to tell more than q, and both groups of parameters move.
    @Test func aDiscriminatorAndAConditionalAutoencoderLearnBeside() throws {
        let lockstep = try Lockstep(settings(["dehaze.adversary_cost=0.01", "dehaze.conditional_cost=1", "frames=12000"]))
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0)
        func told(_ metric: Metric) -> [Double] { lockstep.reports.map { $0.metrics[metric] }.filter(\.isFinite) }
        let judged = told(.discriminatorLoss)
        #expect(judged.count > 1 && judged.last! < 0.68 && judged.last! < judged[0], "\(judged)")
        #expect(told(.adversarialLoss).last! > 0)
        let (conditional, divergence) = (told(.conditionalLoss), told(.recognitionDivergence))
        #expect(conditional.last! < conditional[0] - 1 && divergence.last! > 1, "\(conditional), \(divergence)")
    }
}
