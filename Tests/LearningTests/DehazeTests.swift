import Foundation
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
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
        let (first, last) = (try #require(lockstep.reports.first).metrics, try #require(lockstep.reports.last).metrics)
        #expect(last[.dehazingError] < 0.6 * first[.dehazingError], "\(first[.dehazingError]) to \(last[.dehazingError])")
        #expect(last[.transmissionError] < 0.6 * first[.transmissionError], "\(first[.transmissionError]) to \(last[.transmissionError])")
        #expect(last[.reconstructionLoss(of: "hazy")] < 0.45, "\(last[.reconstructionLoss(of: "hazy")]) nats")
    }

    @Test(arguments: [
        (["environment=Catch", "model.encoders={}"], "dehaze needs observations with the parts window and clear"),
        (["model.encoders.transmission.likelihood=normal"], "set model.encoders.transmission to {role: target"),
        (["model.encoders.airlight.role=input"], "set model.encoders.airlight to {role: target"),
        (["model.encoders.clear.role=both"], "set model.encoders.clear.role to aside"),
        (["model.encoders.window.scale=1"], "leave model.encoders.window.scale out"),
        (["latent.representation=none"], "set latent.representation to vae"),
        (["model.frame_stack=2"], "set model.frame_stack to 1"),
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
            "model.encoders.clear={role: target, decoder: [64], likelihood: sigmoid_normal}", "dehaze.window_cost=0", "frames=2000",
        ])
        let lockstep = try Lockstep(settings)
        _ = try #require(try lockstep.run())
        let metrics = try #require(lockstep.reports.last).metrics
        #expect(metrics[.reconstructionLoss(of: "clear")].isFinite && metrics[.reconstructionLoss(of: "clear")] != 0)
    }
}
