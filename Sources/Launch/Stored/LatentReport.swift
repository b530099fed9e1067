import Foundation
import StarlingActing
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import StarlingMonitoring

/// What `starling evaluate` says of a run's autoencoder.
struct LatentReport {
    private let quality: LatentQuality

    /// Most numbers that are listed one by one for people.
    private static let listLimit = 16

    /// Judges a model by the observations of an evaluation.
    /// - Parameters:
    ///   - parameters: all of the model's.
    ///   - seed: of what is drawn.
    /// - Returns: nil where there is nothing to judge: neither a decoder nor anything to probe for, or no observation.
    init?(_ policy: LatentPolicy, _ parameters: ParameterSnapshot, _ sample: ObservationSample, seed: UInt64) throws {
        let isProbed = sample.stateCount > 0 || policy.stackedObservation.count <= LinearProbe.observationLimit
        guard sample.count > 0, policy.architecture.decoder != nil || isProbed else { return nil }
        let bank = ParameterBank(policy.layout)
        parameters.bytes.withUnsafeBytes { bank.copy(from: $0) }
        let states = sample.stateCount == 0 ? nil : Matrix(columns: sample.stateCount, Array(sample.states))
        let judged = try sample.withObservations {
            try LatentSample(policy, parameters: bank, observations: $0, states: states, seed: seed)
        }
        quality = try LatentQuality(judged, seed: seed)
    }

    /// In one line, and what is wrong with it.
    var closing: [String] { [quality.sentence].compactMap(\.self) + warnings }

    private var warnings: [String] { quality.warnings.map { "Warning: \($0.message)" } }

    /// For people.
    var lines: [String] {
        let first = quality.sentence ?? "Encoder without a decoder"
        return [first] + details.map { "  " + $0 } + warnings
    }

    private var details: [String] {
        let seen =
            Self.list(quality.parts)
            ?? quality.reconstruction.flatMap { reconstruction -> String? in
                if let f1 = reconstruction.f1 { return Self.list(f1.channels, "F1 by channel") }
                return Self.list(reconstruction.explainedVariances, "explained variance")
            }
        let told = quality.posterior.map { posterior in
            let parts = posterior.misfit.flatMap { misfit in
                posterior.information.map { " = \(Self.nats($0)) information + \(Self.nats(misfit)) misfit" }
            }
            return """
                KL \(Self.nats(posterior.divergence)) nats\(parts ?? ""), \
                \(posterior.activeUnits) of \(posterior.divergences.count) latents active
                """
        }
        let prior = quality.priorSampleAUC.map { String(format: "samples of the prior told from data: AUC %.2f, ideally 0.50", $0) }
        let read = quality.observationProbe.flatMap { Self.list($0, "linear probe of what is seen: R²") }
        let probe = quality.probe.flatMap { Self.list($0, "linear probe of the state: R²") }
        return [[seen, told], [prior, read, probe]].map { $0.compactMap(\.self).joined(separator: "; ") }.filter { !$0.isEmpty }
    }

    private static func list(_ values: [Double?], _ name: String) -> String? {
        guard values.count <= listLimit else { return nil }
        return name + " " + values.map { $0.map { String(format: "%.2f", $0) } ?? "-" }.joined(separator: " ")
    }

    /// Part by part, where there are several.
    private static func list(_ parts: [LatentQuality.Part]) -> String? {
        let told = parts.compactMap { part -> String? in
            let seen = part.reconstruction
            if let f1 = seen.f1 { return f1.total.map { "\(part.name) F1 " + String(format: "%.2f", $0) } }
            return list(seen.explainedVariances, "\(part.name) explained variance")
                ?? seen.pooledExplainedVariance.map { "\(part.name) explained variance of all " + String(format: "%.2f", $0) }
        }
        return told.isEmpty ? nil : told.joined(separator: ", ")
    }

    private static func nats(_ value: Double) -> String { String(format: "%.1f", value) }

    /// For programs: every number, null where there is none.
    var json: JSONValue {
        let (seen, told) = (quality.reconstruction, quality.posterior)
        func numbers(_ values: [Double?]?) -> JSONValue { values.map { .array($0.map { .number($0) }) } ?? .null }
        return .object([
            .init("sentence", quality.sentence.map { .text($0) } ?? .null),
            .init("observations", .integer(quality.count)),
            .init("explained_variance", .number(seen?.explainedVariance)),
            .init("explained_variances", numbers(seen?.explainedVariances)),
            .init("pooled_explained_variance", .number(seen?.pooledExplainedVariance)),
            .init("psnr", .number(seen?.psnr)),
            .init("f1", .number(seen?.f1?.total)),
            .init("f1_by_channel", numbers(seen?.f1?.channels)),
            .init(
                "parts",
                .array(
                    quality.parts.map { part in
                        let seen = part.reconstruction
                        return .object([
                            .init("name", .text(part.name)), .init("explained_variance", .number(seen.explainedVariance)),
                            .init("explained_variances", numbers(seen.explainedVariances)),
                            .init("pooled_explained_variance", .number(seen.pooledExplainedVariance)),
                            .init("psnr", .number(seen.psnr)), .init("f1", .number(seen.f1?.total)),
                        ])
                    })),
            .init("kl", .number(told?.divergence)),
            .init("kl_by_latent", numbers(told?.divergences)),
            .init("misfit", .number(told?.misfit)),
            .init("misfit_by_latent", numbers(told?.misfits)),
            .init("information", .number(told?.information)),
            .init("information_by_latent", numbers(told?.informations)),
            .init("active_units", told.map { .integer($0.activeUnits) } ?? .null),
            .init("prior_auc", .number(quality.priorSampleAUC)),
            .init("probe_r2", numbers(quality.probe)),
            .init("observation_probe_r2", numbers(quality.observationProbe)),
            .init(
                "warnings",
                .array(quality.warnings.map { .object([.init("name", .text($0.name)), .init("message", .text($0.message))]) })),
        ])
    }
}
