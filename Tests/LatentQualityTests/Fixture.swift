import Foundation
import StarlingExperience
import StarlingLatentQuality
import StarlingSafetensors
import Testing

/// `Tests/Fixtures/latent-quality`: the numbers of scikit-learn and torch.distributions.
struct Fixture {
    private let file: SafetensorsFile

    init() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        file = try SafetensorsFile(
            decoding: Array(try Data(contentsOf: tests.appending(path: "Fixtures/latent-quality/latent-quality.safetensors"))))
    }

    func matrix(_ name: String) throws -> Matrix {
        Matrix(columns: try #require(file[name]).shape[1], try values(name))
    }

    func values<Scalar: BitwiseCopyable>(_ name: String, as type: Scalar.Type = Scalar.self) throws -> [Scalar] {
        try #require(file[name]?.values(as: type), "no array '\(name)' of that type")
    }
}

/// As near as 1e-5, of numbers beyond 1 relative; NaN in a fixture stands for nil.
func expectNear(_ a: [Double?], _ b: [Double], _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation) {
    #expect(a.count == b.count, comment, sourceLocation: location)
    for (a, b) in zip(a, b) {
        if b.isNaN {
            #expect(a == nil, comment, sourceLocation: location)
        } else {
            let distance = a.map { abs($0 - b) / max(1, abs(b)) }
            #expect(distance.map { $0 < 1e-5 } == true, "\(String(describing: a)) is not \(b)", sourceLocation: location)
        }
    }
}

/// Normal numbers, the same for the same seed.
func gaussians(_ count: Int, seed: UInt64) -> [Float] {
    func uniform(_ number: Int) -> Double { Double(Seed.mix(seed, UInt64(number)) >> 11) * 0x1p-53 }
    return (0..<count).map { index in
        Float((-2 * log(1 - uniform(2 * index))).squareRoot() * cos(2 * .pi * uniform(2 * index + 1)))
    }
}

/// A sample of vectors, for what a test changes.
func makeSample(
    _ observations: Matrix, _ reconstructions: Matrix?, shape: [Int]? = nil, likelihood: LatentSample.Likelihood = .normal(),
    means: Matrix? = nil, logVariances: Matrix? = nil, classes: Int? = nil, prior: LatentPrior? = nil, priorSamples: Matrix? = nil,
    states: Matrix? = nil
) throws -> LatentSample {
    try LatentSample(
        shape: shape ?? [observations.columns], likelihood: likelihood, observations: observations,
        reconstructions: reconstructions,
        means: means ?? Matrix(columns: 1, Array(repeating: 0, count: observations.rows)), logVariances: logVariances,
        classes: classes, prior: prior,
        priorSamples: priorSamples, states: states)
}
