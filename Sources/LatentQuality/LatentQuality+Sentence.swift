import Foundation

extension LatentQuality {
    /// What can be said in one breath; nil where nothing was judged.
    package var sentence: String? {
        guard let reconstruction else { return read }
        let name = posterior == nil ? "Autoencoder" : "VAE"
        let parts = [seenParts ?? seen(reconstruction), carried].compactMap(\.self)
        return parts.isEmpty ? nil : "\(name): " + parts.joined(separator: "; ")
    }

    /// Part by part; nil where there are none.
    private var seenParts: String? {
        guard !parts.isEmpty else { return nil }
        let told = parts.compactMap { part -> String? in
            if let psnr = part.reconstruction.psnr { return "\(part.name) at \(String(format: "%.1f", psnr)) dB" }
            return part.reconstruction.share.map { "\(Int((100 * $0).rounded())) % of \(part.name)" }
        }
        return told.isEmpty ? nil : "reconstructs " + told.joined(separator: ", ")
    }

    private func seen(_ reconstruction: ReconstructionQuality) -> String? {
        if let psnr = reconstruction.psnr { return "reconstructs at \(String(format: "%.1f", psnr)) dB" }
        guard let share else { return nil }
        let percent = "\(Int((100 * share).rounded())) %"
        if reconstruction.f1 != nil { return "finds \(percent) of what it sees (F1)" }
        return share < 0 ? "explains nothing of what it sees (\(percent))" : "explains \(percent) of what it sees"
    }

    /// Without a decoder.
    private var read: String? {
        guard let told = observationProbe?.compactMap(\.self), !told.isEmpty else { return nil }
        let share = told.reduce(0, +) / Double(told.count)
        return "Encoder: a linear map of z tells \(Int((100 * max(0, share)).rounded())) % of what it sees"
    }

    private var carried: String? {
        posterior?.information.map { "z carries at most \(String(format: "%.1f", $0)) nats" }
    }
}
