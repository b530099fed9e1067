import StarlingLatentQuality
import Testing

/// The numbers of scikit-learn and torch.distributions, from the same inputs.
@Suite struct OracleTests {
    let fixture: Fixture

    init() throws { fixture = try Fixture() }

    @Test(arguments: 0..<3) func explainedVarianceIsR2(_ index: Int) throws {
        let name = "vector\(index)"
        let sample = try makeSample(fixture.matrix("\(name).x"), fixture.matrix("\(name).xhat"))
        let quality = try #require(try LatentQuality(sample).reconstruction)
        expectNear(quality.explainedVariances, try fixture.values("\(name).r2"))
        expectNear([quality.explainedVariance], try fixture.values("\(name).r2mean"))
        expectNear([quality.pooledExplainedVariance], try fixture.values("\(name).r2pooled"))
        #expect(quality.psnr == nil && quality.f1 == nil)
    }

    @Test func imagesHaveTheirPeakSignalToNoiseRatio() throws {
        let shape: [Int32] = try fixture.values("image.shape")
        let sample = try makeSample(fixture.matrix("image.x"), fixture.matrix("image.xhat"), shape: shape.map(Int.init))
        let quality = try #require(try LatentQuality(sample).reconstruction)
        expectNear([quality.psnr], try fixture.values("image.psnr"))
        expectNear([quality.pooledExplainedVariance], try fixture.values("image.r2pooled"))
        expectNear(quality.explainedVariances, try fixture.values("image.r2"))
    }

    @Test func planesHaveF1() throws {
        let shape: [Int32] = try fixture.values("planes.shape")
        let sample = try makeSample(
            fixture.matrix("planes.x"), fixture.matrix("planes.xhat"), shape: shape.map(Int.init), likelihood: .bernoulli)
        let quality = try #require(try LatentQuality(sample).reconstruction)
        let f1 = try #require(quality.f1)
        expectNear(f1.channels, try fixture.values("planes.f1"))
        expectNear([f1.total], try fixture.values("planes.f1total"))
        #expect(quality.psnr == nil)
    }

    @Test(arguments: 0..<4) func posteriorsDivergeAsTorchSays(_ index: Int) throws {
        let name = "posterior\(index)"
        let means = try fixture.matrix("\(name).mean")
        let sample = try makeSample(
            Matrix(columns: 1, Array(repeating: 0, count: means.rows)), nil, means: means,
            logVariances: fixture.matrix("\(name).logVariance"),
            prior: LatentPrior(mean: fixture.values("\(name).priorMean"), logVariance: fixture.values("\(name).priorLogVariance")))
        let quality = try #require(try LatentQuality(sample).posterior)
        let (kl, misfits, misfit): ([Double], [Double], [Double]) = (
            try fixture.values("\(name).kl"), try fixture.values("\(name).misfits"), try fixture.values("\(name).misfit")
        )
        expectNear(quality.divergences, kl)
        expectNear(quality.misfits, misfits)
        expectNear([quality.misfit], misfit)
        expectNear([quality.divergence], [kl.reduce(0, +)])
        expectNear([quality.information], [max(0, kl.reduce(0, +) - misfit[0])])
        expectNear(quality.informations, zip(kl, misfits).map { max(0, $0 - $1) })
        #expect(quality.activeUnits == zip(kl, misfits).count { $0 - $1 > 0.1 })
    }

    @Test(arguments: 0..<4) func theRankStatisticIsTheAreaUnderTheCurve(_ index: Int) throws {
        let area = RankStatistic.areaUnderCurve(
            positives: try fixture.values("scores\(index).positives"), negatives: try fixture.values("scores\(index).negatives"))
        expectNear([area], try fixture.values("scores\(index).auc"))
    }

    @Test func theProbeIsRidgeRegression() throws {
        func half(_ part: String) throws -> (Matrix, Matrix) {
            (try fixture.matrix("probe.means.\(part)"), try fixture.matrix("probe.states.\(part)"))
        }
        expectNear(
            LinearProbe.explainedVariances(train: try half("train"), test: try half("test")), try fixture.values("probe.r2"))
    }
}
