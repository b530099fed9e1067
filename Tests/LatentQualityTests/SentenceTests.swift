import StarlingLatentQuality
import Testing

/// What is said of an autoencoder, and what is wrong with it.
@Suite struct SentenceTests {
    private let rows = 400

    /// Vectors of which 97 % come back, with a posterior of these moments: q(z|x) = N(spread·x₀ + shift, σ²).
    private func quality(
        share: Double = 0.97, spread: Float = 1, shift: Float = 0, logVariance: Float = -4, isStochastic: Bool = true,
        latents: Int = 1, variance: Double? = nil
    ) throws -> LatentQuality {
        let x = Matrix(columns: 1, gaussians(rows, seed: 1))
        let noise = gaussians(rows, seed: 2)
        let error = Float((1 - share).squareRoot())
        let reconstructions = Matrix(columns: 1, zip(x.values, noise).map { (x: Float, noise: Float) -> Float in x + error * noise })
        var means: [Float] = []
        for x in x.values { means += Array(repeating: spread * x + shift, count: latents) }
        let logVariances = Matrix(columns: latents, Array(repeating: logVariance, count: rows * latents))
        return try LatentQuality(
            makeSample(
                x, reconstructions, likelihood: .normal(variance: variance), means: Matrix(columns: latents, means),
                logVariances: isStochastic ? logVariances : nil))
    }

    /// The observations' own is 1.
    @Test func aVarianceWiderThanTheDatasIsToldWhereLittleComesBack() throws {
        #expect(try quality(share: 0.4, variance: 0.5).warnings.isEmpty)
        #expect(try quality(share: 0.6, variance: 1.5).warnings.isEmpty)
        let warnings = try quality(share: 0.4, variance: 1.5).warnings
        guard case .wideVariance(1.5, let observed)? = warnings.first, warnings.count == 1 else { throw Unexpected(warnings) }
        #expect((0.8...1.2).contains(observed))
        #expect(warnings[0].message.contains("model.variance is 1.5") && warnings[0].message.contains("model.variance to learned"))
    }

    /// A picture of bytes that nobody divided.
    @Test func observationsWithoutAScaleAreTold() throws {
        let x = Matrix(columns: 1, (0..<400).map { Float($0 % 256) })
        let near = Matrix(columns: 1, x.values.map { $0 + 1 })
        let warnings = try LatentQuality(makeSample(x, near)).warnings
        #expect(warnings.first == .unscaled(0...255))
        #expect(warnings[0].message.contains("from 0 to 255") && warnings[0].message.contains("model.observation_scale"))
        // What the decoder can't give is the worse.
        let bernoulli = try LatentQuality(makeSample(x, near, likelihood: .bernoulli)).warnings
        #expect(bernoulli.first == .beyondUnit(0...255) && bernoulli[0].message.contains("model.likelihood"))
    }

    @Test func observationsOfAUnitScaleAreNot() throws {
        let x = Matrix(columns: 1, (0..<400).map { Float($0 % 256) / 255 })
        for likelihood in [LatentSample.Likelihood.normal(), .bernoulli] {
            let names = try LatentQuality(makeSample(x, x, likelihood: likelihood)).warnings.map(\.name)
            #expect(!names.contains("unscaled") && !names.contains("beyond_unit"))
        }
        // Without a decoder there is nothing to compare with.
        let large = Matrix(columns: 1, x.values.map { 255 * $0 })
        #expect(try LatentQuality(makeSample(large, nil)).warnings.isEmpty)
    }

    @Test func aHalfOfTheLossThatTheEncoderDoesNotHearIsTold() throws {
        #expect(LatentWarning(encoderGradientOfRepresentation: 1, policy: 19) == nil)
        #expect(LatentWarning(encoderGradientOfRepresentation: 19, policy: 1) == nil)
        let deaf = try #require(LatentWarning(encoderGradientOfRepresentation: 1, policy: 30))
        #expect(deaf.name == "imbalanced" && deaf.message.contains("30 times") && deaf.message.contains("Raise latent.lambda_vae"))
        let other = try #require(LatentWarning(encoderGradientOfRepresentation: 30, policy: 0))
        #expect(other.message.contains("any number of times") && other.message.contains("Lower latent.lambda_vae"))
    }

    @Test func aGoodOneIsPraisedWithoutWarnings() throws {
        let quality = try quality()
        #expect(
            try #require(quality.sentence)
                .wholeMatch(of: /VAE: explains 9[678] % of what it sees; z carries at most \d\.\d nats/) != nil)
        #expect(quality.warnings.isEmpty && quality.posterior?.activeUnits == 1)
    }

    @Test func aDeterministicOneCarriesNoNats() throws {
        let quality = try quality(isStochastic: false)
        #expect(try #require(quality.sentence).wholeMatch(of: /Autoencoder: explains 9[678] % of what it sees/) != nil)
        #expect(quality.posterior == nil && quality.warnings.isEmpty)
    }

    @Test func withoutADecoderNothingIsSaid() throws {
        let quality = try LatentQuality(makeSample(Matrix(columns: 1, [1, 2]), nil))
        #expect(quality.sentence == nil && quality.reconstruction == nil && quality.share == nil && quality.warnings.isEmpty)
    }

    @Test func withoutADecoderItIsToldWhatALinearMapReads() throws {
        let x = Matrix(columns: 1, gaussians(rows, seed: 1))
        let quality = try LatentQuality(makeSample(x, nil, means: x))
        #expect(quality.sentence == "Encoder: a linear map of z tells 100 % of what it sees")
        let noise = try LatentQuality(makeSample(x, nil, means: Matrix(columns: 1, gaussians(rows, seed: 2))))
        #expect(noise.sentence == "Encoder: a linear map of z tells 0 % of what it sees")
    }

    @Test func imagesAndPlanesHaveTheirOwnWords() throws {
        let x = Matrix(columns: 4, (0..<80).map { Float($0 % 7 % 2) })
        let near = Matrix(columns: 4, x.values.map { 0.9 * $0 + 0.05 })
        #expect(try LatentQuality(makeSample(x, near, shape: [1, 2, 2])).sentence == "Autoencoder: reconstructs at 26.0 dB")
        #expect(
            try LatentQuality(makeSample(x, near, shape: [1, 2, 2], likelihood: .bernoulli)).sentence
                == "Autoencoder: finds 100 % of what it sees (F1)")
    }

    @Test func aCollapsedPosteriorIsTold() throws {
        let quality = try quality(spread: 0.05, logVariance: 0)
        guard case .collapsed = quality.warnings.first else { throw Unexpected(quality.warnings) }
        #expect(quality.warnings.count == 1 && quality.warnings[0].message.contains("latent.beta"))
    }

    /// Many latents with little each are a code that is spread thin.
    @Test func littleInManyLatentsIsNoCollapse() throws {
        let quality = try quality(spread: 0.4, logVariance: 0, latents: 8)
        #expect(quality.posterior?.activeUnits == 0 && quality.warnings.isEmpty)
    }

    @Test func whatCarriesNothingIsTold() throws {
        let quality = try quality(share: -0.5)
        guard case .carriesNothing(let share)? = quality.warnings.first else { throw Unexpected(quality.warnings) }
        #expect(share < 0 && quality.warnings.count == 1)
        for key in ["latent.lambda_vae", "latent.vae_replay", "model.latent"] { #expect(quality.warnings[0].message.contains(key)) }
        #expect(try #require(quality.sentence).contains("explains nothing of what it sees (-"))
    }

    @Test func aPosteriorOffItsPriorIsTold() throws {
        let quality = try quality(shift: 5)
        guard case .offPrior(let misfit, let divergence)? = quality.warnings.first else { throw Unexpected(quality.warnings) }
        #expect(misfit > 12 && misfit < divergence && quality.warnings.count == 1)
        #expect(quality.warnings[0].message.contains("latent.beta") && quality.warnings[0].message.contains("latent.lambda_vae"))
    }

    private struct Unexpected: Error {
        let warnings: [LatentWarning]
        init(_ warnings: [LatentWarning]) { self.warnings = warnings }
    }

    @Test func dreamsThatBringMoreThanWhatIsRealAreTold() throws {
        #expect(LatentWarning(dreamReturn: 14, realReturn: 10) == nil && LatentWarning(dreamReturn: 2, realReturn: 10) == nil)
        #expect(LatentWarning(dreamReturn: -8, realReturn: -10) == nil)
        let rosy = try #require(LatentWarning(dreamReturn: -4, realReturn: -10))
        #expect(rosy.name == "rosy_dreams" && rosy.message.contains("Dreams bring -4, and as many real steps -10"))
        #expect(LatentWarning(dreamReturn: 16, realReturn: 10) == .rosyDreams(dreamt: 16, real: 10))
    }
}
