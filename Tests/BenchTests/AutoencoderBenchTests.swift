import Foundation
import StarlingBench
import StarlingExperience
import StarlingTraining
import Testing

@Suite struct AutoencoderBenchTests {
    /// Two patterns of four binary pixels: log 2 nats each, and a latent has room for that.
    private static let patterns = DataSet(ObservationSpec(shape: [4], scalar: .uint8), bytes: [1, 1, 0, 0, 0, 0, 1, 1])

    private func report(seeds: Int = 3, rate: Float = 0.01) throws -> AutoencoderReport {
        let model = ModelSpec(
            encoder: .dense([16]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .relu, latentCount: 2,
            likelihood: .bernoulli, representation: .vae, observationScale: [])
        var (latent, optimizer) = (LatentSettings(), OptimizerSettings())
        (latent.vaeCost, latent.klWeight, latent.klWarmup) = (1, 1, 0)
        (optimizer.learningRate, optimizer.clipNorm) = (rate, 40)
        var settings = AutoencoderBench.Settings(model: model, latent: latent, optimizer: optimizer)
        (settings.batch, settings.seeds, settings.updates, settings.samples) = (16, seeds, 500, 200)
        return try AutoencoderBench(settings, training: Self.patterns, test: Self.patterns).run()
    }

    /// log p(x) is −log 2 at best, and the bound is below it; without a latent it is −4 log 2.
    @Test func theBoundIsNearTheEntropyAndNotBeyond() throws {
        let report = try report()
        #expect(report.runs.map(\.seed) == [1, 2, 3])
        for run in report.runs {
            #expect(run.elbo < -log(2) + 0.02 && run.elbo > -1.2, "\(run)")
            #expect(abs(run.elbo + run.reconstruction + run.klDivergence) < 1e-12)
        }
        let still = try self.report(rate: 0)
        #expect(still.elbo.mean < -2.5)
    }

    @Test func aSeedGivesTheSameNumbers() throws {
        let (a, b) = (try report(seeds: 2), try report(seeds: 2))
        #expect(a.runs.map(\.elbo) == b.runs.map(\.elbo) && a.runs[0].elbo != a.runs[1].elbo)
    }

    @Test func theJSONHasWhatReadersLookFor() throws {
        let data = try JSONEncoder.forReports().encode(report(seeds: 1))
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys) == ["format", "training_rows", "test_rows", "batch", "updates", "learning_rate", "runs", "elbo"])
        let run = try #require((object["runs"] as? [[String: Any]])?.first)
        #expect(Set(run.keys) == ["seed", "elbo", "reconstruction", "kl_divergence", "seconds"])
    }

    /// SciPy: t.ppf(.975, 4) · std(ddof=1) / √5 of 1, 2, 4, 8, 16 is 7.57313.
    @Test func theIntervalIsStudents() {
        let interval = ConfidenceInterval([1, 2, 4, 8, 16])
        #expect(interval.mean == 6.2 && abs(interval.halfWidth! - 7.57313) < 0.002)
        #expect(interval.text(1) == "6.2 ± 7.6")
        #expect(ConfidenceInterval([3]).halfWidth == nil && ConfidenceInterval([3]).text(2) == "3.0")
        // Beyond the table it is a little wide, never narrow: t of 99 degrees is 1.984.
        let many = ConfidenceInterval((0..<100).map(Double.init))
        #expect(many.halfWidth! / (29.0115 / 10) >= 1.984)
    }
}
