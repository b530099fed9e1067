import Glibc
import StarlingLatentQuality
import Testing

@Suite struct EdgeTests {
    @Test func oneRowExplainsNothingAndHasAPosterior() throws {
        let x = Matrix(columns: 2, [1, 2])
        let quality = try LatentQuality(
            makeSample(x, x, means: Matrix(columns: 1, [0.5]), logVariances: Matrix(columns: 1, [0])))
        #expect(quality.reconstruction?.explainedVariances == [nil, nil])
        #expect(quality.reconstruction?.explainedVariance == nil && quality.share == nil)
        // One posterior is the aggregate: all of its divergence is misfit.
        #expect(quality.posterior?.divergence == 0.125 && quality.posterior?.information == 0)
        #expect(quality.priorSampleAUC == nil && quality.probe == nil)
        #expect(quality.sentence == "VAE: z carries at most 0.0 nats")
    }

    @Test func categoricalVariablesTellWhatTheirClassesTell() throws {
        // Of two variables of three classes one names which of three rows it is, evenly, the other always says the same.
        let codes: [Float] = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]
        let x = Matrix(columns: 1, [1, 2, 3])
        let quality = try LatentQuality(makeSample(x, nil, means: Matrix(columns: 6, codes), classes: 3))
        let posterior = try #require(quality.posterior)
        func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-9 }
        #expect(posterior.divergences.count == 2 && posterior.divergences.allSatisfy { isNear($0, log(3)) })
        #expect(isNear(posterior.informations[0], log(3)) && isNear(posterior.informations[1], 0) && posterior.activeUnits == 1)
        #expect(isNear(posterior.misfits[1], log(3)) && isNear(posterior.information ?? 0, log(3)))
        #expect(throws: LatentSampleError.self) { try makeSample(x, nil, means: Matrix(columns: 6, codes), classes: 4) }
    }

    @Test func whatDoesntVaryIsNotExplained() throws {
        // Within the rounding of Float32 of its size, a number is constant.
        var values: [Float] = []
        for row in 0..<50 { values += [0.1, row % 2 == 0 ? 1_000_000 : 1_000_000.125, Float(row)] }
        let x = Matrix(columns: 3, values)
        let quality = try LatentQuality(makeSample(x, x))
        #expect(quality.reconstruction?.explainedVariances == [nil, nil, 1])
        #expect(quality.reconstruction?.explainedVariance == 1)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func numbersThatAreNotFiniteAreRefused(bad: Float) throws {
        var values = gaussians(12, seed: 1)
        let good = Matrix(columns: 3, values)
        values[7] = bad
        let broken = Matrix(columns: 3, values)
        #expect(throws: LatentSampleError.self) { try makeSample(broken, good) }
        #expect(throws: LatentSampleError.self) { try makeSample(good, broken) }
        #expect(throws: LatentSampleError.self) { try makeSample(good, good, means: broken) }
        #expect(throws: LatentSampleError.self) { try makeSample(good, good, priorSamples: broken) }
        do {
            _ = try makeSample(broken, good)
        } catch {
            #expect("\(error)".hasPrefix("number 1 in row 2 of the observations is "))
        }
    }

    @Test func sizesThatContradictEachOtherAreRefused() throws {
        let (x, y) = (Matrix(columns: 2, [1, 2]), Matrix(columns: 2, [1, 2, 3, 4]))
        #expect(throws: LatentSampleError.self) { try makeSample(x, y) }
        #expect(throws: LatentSampleError.self) { try makeSample(x, x, shape: [3]) }
        #expect(throws: LatentSampleError.self) { try makeSample(x, x, priorSamples: Matrix(columns: 1, [1])) }
        #expect(throws: LatentSampleError.self) { try makeSample(Matrix(columns: 2, []), nil) }
        #expect(throws: LatentSampleError.self) { try makeSample(x, x, prior: .standard(2)) }
    }

    @Test func aChannelWithoutPositivesHasNoScore() throws {
        let nothing = Matrix(columns: 4, Array(repeating: 0, count: 8))
        let something = Matrix(columns: 4, [1, 0, 0, 0, 0, 0, 0, 0])
        let shape = [2, 1, 2]
        let empty = try LatentQuality(makeSample(nothing, something, shape: shape, likelihood: .bernoulli))
        #expect(empty.reconstruction?.f1?.channels == [nil, nil] && empty.reconstruction?.f1?.total == nil && empty.share == nil)
        let missed = try LatentQuality(makeSample(something, nothing, shape: shape, likelihood: .bernoulli))
        #expect(missed.reconstruction?.f1?.channels == [0, nil] && missed.reconstruction?.f1?.total == 0)
    }

    @Test func exactImagesHaveNoNoise() throws {
        let x = Matrix(columns: 4, [0, 1, 0.5, 0.25, 1, 0, 0.5, 0.75])
        let quality = try LatentQuality(makeSample(x, x, shape: [1, 2, 2]))
        #expect(quality.reconstruction?.psnr == .infinity && quality.share == 1)
    }

    /// The second pixel hardly ever changes, and what comes back of it is worse than its mean: it rules the mean of both alone.
    @Test func pixelsWeighByHowMuchTheyVaryOnWhateverScale() throws {
        let x = Matrix(columns: 2, [-2, 0, 2, 0, -2, 0, 2, 0.1])
        let back = Matrix(columns: 2, [-2, 0.1, 2, 0.1, -2, 0.1, 2, 0.1])
        let picture = try LatentQuality(makeSample(x, back, shape: [1, 1, 2]))
        #expect(picture.reconstruction?.psnr == nil)
        #expect(try #require(picture.share) > 0.99)
        #expect(try #require(LatentQuality(makeSample(x, back)).share) < 0)
    }

    @Test func aSingularAggregateIsInfinitelyFarFromThePrior() throws {
        let z = Matrix(columns: 2, gaussians(40, seed: 1).flatMap { [$0, $0] })
        let quality = try LatentQuality(
            makeSample(
                Matrix(columns: 1, gaussians(40, seed: 2)), nil, means: z,
                logVariances: Matrix(columns: 2, Array(repeating: -80, count: 80))))
        #expect(quality.posterior?.misfit == .infinity && quality.posterior?.information == 0)
    }

    @Test func tooManyLatentsHaveNoFullCovariance() throws {
        let count = PosteriorQuality.latentLimit + 1
        let z = Matrix(columns: count, gaussians(2 * count, seed: 1))
        let quality = try LatentQuality(makeSample(Matrix(columns: 1, [1, 2]), nil, means: z, logVariances: z))
        #expect(quality.posterior?.misfit == nil && quality.posterior?.information == nil && quality.posterior?.misfits.count == count)
    }

    @Test func theProbeReadsWhatIsThereAndNothingElse() throws {
        let z = Matrix(columns: 2, gaussians(800, seed: 1))
        let noise = gaussians(400, seed: 2)
        var states: [Float] = []
        for row in 0..<400 {
            let linear: Float = z.values[2 * row] - 3 * z.values[2 * row + 1]
            states += [linear, noise[row], 5]
        }
        let quality = try LatentQuality(makeSample(Matrix(columns: 1, noise), nil, means: z, states: Matrix(columns: 3, states)))
        let probe = try #require(quality.probe)
        let (linear, random) = (try #require(probe[0]), try #require(probe[1]))
        #expect(linear > 0.99 && random < 0.1 && probe[2] == nil)
    }

    @Test func theProbeNeedsMoreRowsThanLatents() throws {
        let z = Matrix(columns: 10, gaussians(300, seed: 1))
        let states = Matrix(columns: 1, gaussians(30, seed: 2))
        #expect(LinearProbe.explainedVariances(of: states, from: z, seed: 1) == nil)
    }
}
