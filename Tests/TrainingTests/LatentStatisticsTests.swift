import Foundation
import StarlingAlgorithms
import StarlingLatentQuality
import StarlingSafetensors
import Testing

/// σ² of p(x|z) and the prior follow what the autoencoder does with a batch, against a plan of its own that sees the same rows.
@Suite struct LatentStatisticsTests {
    private static let rows = 32

    /// The first scalar varies by itself, the second is its square, the third never varies.
    private let data = DataSet(
        ObservationSpec(shape: [3]),
        bytes: (0..<rows).flatMap { row -> [Float] in
            let x = sin(Float(row))
            return [x, x * x - 0.3, 2]
        }.withUnsafeBytes { Array($0) })

    private func training(_ representation: ModelSpec.Representation, _ prior: ModelSpec.Prior) throws -> (DataSetTraining, TrainingContext)
    {
        let model = ModelSpec(
            encoder: .dense([8]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: .learned), representation: representation, observationScale: [], prior: prior)
        var (latent, optimizer) = (LatentSettings(), OptimizerSettings())
        latent.vaeCost = 0.5
        (optimizer.learningRate, optimizer.clipNorm) = (1e-3, 40)
        let context = TrainingContext.dataSet(
            data, model: model, rows: Self.rows, latent: latent, optimizer: optimizer, compute: .cpu(), seed: 3)
        let design = TrainingDesign([Phase([Autoencoder(context)])], context)
        return (try DataSetTraining(design, context, data), context)
    }

    /// What the autoencoder makes of all rows with the parameters of now.
    private func sample(_ training: DataSetTraining, _ context: TrainingContext) throws -> LatentSample {
        var bytes: [UInt8] = []
        for row in 0..<Self.rows {
            bytes += [UInt8](unsafeUninitializedCapacity: 12) {
                data.copy(row, to: $0.baseAddress!)
                $1 = 12
            }
        }
        let plan = try AutoencoderPlan(context.policy, rows: Self.rows, samplesPrior: false)
        return try bytes.withUnsafeBytes { try LatentSample(plan, parameters: training.trainer.parameters, observations: $0, seed: 1) }
    }

    private func step(_ training: DataSetTraining) throws {
        var metrics = MetricSample(MetricSet(training.trainer.metrics))
        try training.step(&metrics)
    }

    private func mean(_ matrix: Matrix, _ column: Int, _ number: (Float) -> Double) -> Double {
        stride(from: column, to: matrix.values.count, by: matrix.columns).reduce(0) { $0 + number(matrix.values[$1]) }
            / Double(matrix.rows)
    }

    /// Of a mean of squares less the square of a mean nothing but a rounding is left, of either sign.
    @Test func whatStandsStillFarFromNothingHasTheSmallestVariance() throws {
        let (count, rows) = (40, 27)
        let still = DataSet(
            ObservationSpec(shape: [count]),
            bytes: (0..<rows).flatMap { _ in (0..<count).map { 0.37 * Float($0) + 0.1 } }.withUnsafeBytes { Array($0) })
        let model = ModelSpec(
            encoder: .dense([8]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: .learned), representation: .vae, observationScale: [])
        let context = TrainingContext.dataSet(
            still, model: model, rows: rows, latent: LatentSettings(), optimizer: OptimizerSettings(), compute: .cpu(), seed: 3)
        let training = try DataSetTraining(TrainingDesign([Phase([Autoencoder(context)])], context), context, still)
        for _ in 0..<5 { try step(training) }
        for variance in context.policy.variances(of: context.policy.architecture.branches[0], training.trainer.parameters) {
            #expect(variance > 0 && variance < 1e-4, "\(variance)")
        }
    }

    /// Deterministic, so that the errors are those of x̂ at μ.
    @Test func theVarianceIsTheErrorButNeverMoreThanAHundredthOfTheData() throws {
        let (training, context) = try training(.rae, .standard)
        let before = try sample(training, context)
        try step(training)
        let learned = context.policy.variances(of: context.policy.architecture.branches[0], training.trainer.parameters)
        for column in 0..<3 {
            let x = before.observations
            let average = mean(x, column) { Double($0) }
            let variance = mean(x, column) { (Double($0) - average) * (Double($0) - average) }
            let errors = Matrix(columns: 3, zip(x.values, try #require(before.reconstructions).values).map { $0 - $1 })
            let error = mean(errors, column) { Double($0 * $0) }
            // Untrained it reconstructs nothing, so the bound is what counts; of what never varies the smallest σ² there is.
            #expect(error > 0.01 * variance)
            let expected = max(0.01 * variance, exp(-12))
            #expect(abs(Double(learned[column]) / expected - 1) < 1e-3, "\(column): \(learned[column]) for \(expected)")
        }
    }

    @Test func aGoodReconstructionHasItsErrorForVariance() throws {
        let (training, context) = try training(.rae, .standard)
        for _ in 0..<3000 { try step(training) }
        let now = try sample(training, context)
        let errors = Matrix(
            columns: 3, zip(now.observations.values, try #require(now.reconstructions).values).map { $0 - $1 })
        let learned = context.policy.variances(of: context.policy.architecture.branches[0], training.trainer.parameters)
        for column in 0..<2 {
            let error = mean(errors, column) { Double($0 * $0) }
            // A running mean of an error that still falls.
            #expect((0.8...2).contains(Double(learned[column]) / max(error, exp(-12))), "\(column): \(learned[column]) for \(error)")
        }
    }

    @Test func thePriorHasTheMomentsOfWhatTheEncoderGives() throws {
        let (training, context) = try training(.vae, .learned)
        let before = try sample(training, context)
        try step(training)
        let (means, logVariances) = context.policy.prior(training.trainer.parameters)
        for latent in 0..<2 {
            let first = mean(before.means, latent) { Double($0) }
            let second =
                mean(before.means, latent) { Double($0) * Double($0) }
                + mean(try #require(before.logVariances), latent) { exp(Double($0)) }
            #expect(abs(Double(means[latent]) - first) < 1e-5)
            #expect(abs(exp(Double(logVariances[latent])) - (second - first * first)) < 1e-4)
        }
        // So the misfit of these posteriors to it is that of their correlation alone.
        let misfits = try #require(try LatentQuality(sample(training, context)).posterior).misfits
        #expect(misfits.allSatisfy { $0 < 0.02 }, "\(misfits)")
    }
}
