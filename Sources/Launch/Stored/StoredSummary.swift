import Foundation
import StarlingStorage

/// The part of `summary.json` that is read again.
struct StoredSummary: Decodable {
    let frames: UInt64
    let wallSeconds: Double
    let framesPerSecond: Double
    let goalReached: Bool
    let goal: Double?
    let evaluation: Evaluation?
    let episodes: UInt64
    let updates: UInt64
    let seed: UInt64
    let actors: Int
    let latent: Latent?

    struct Evaluation: Decodable {
        let mean: Double
        let std: Double
        let episodes: Int
        /// What the environment told of them besides, by name.
        let measures: [String: Double]?
    }

    struct Latent: Decodable {
        let sentence: String?
        let warnings: [Warning]
        /// R² of the true state's numbers by a linear map of z, where the environment tells it.
        let probeR2: [Double?]?

        struct Warning: Decodable { let message: String }
    }

    /// - Returns: nil where there is none, or it can't be read.
    init?(_ paths: RunPaths) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = FileManager.default.contents(atPath: paths.summary), let summary = try? decoder.decode(Self.self, from: data)
        else { return nil }
        self = summary
    }
}
