import Foundation
import StarlingLatentQuality
import StarlingMonitoring
import StarlingRecording

extension LatentView {
    /// For TensorBoard: what is seen above what comes back of it, and what would be seen along each latent, a row each. None of a part that is
    /// numbers, nor without a decoder.
    var sheets: [TensorBoardFile.Image] {
        guard pairs.first?.decoded != nil else { return [] }
        return parts.indices.flatMap { part -> [TensorBoardFile.Image] in
            let name = parts[part].isEmpty ? "" : "/\(parts[part])"
            let columns = min(Self.columns, pairs.count)
            let rows = stride(from: 0, to: pairs.count - pairs.count % columns, by: columns).flatMap { first in
                let row = pairs[first..<first + columns]
                return row.map { $0.seen[part] } + row.compactMap { $0.decoded?[part] }
            }
            return [
                Self.image("latent/observations_and_reconstructions\(name)", rows, columns: columns),
                Self.image(
                    "latent/traversals\(name)", traversals.flatMap { ($0.decoded ?? []).map { $0[part] } },
                    columns: traversals.first?.values.count ?? 1),
            ].compactMap(\.self)
        }
    }

    private static let columns = 8
    /// Pixels on a side of a picture, at least.
    private static let side = 64

    private static func image(_ tag: String, _ looks: [Look], columns: Int) -> TensorBoardFile.Image? {
        let pictures = looks.compactMap { RasterPicture($0, side: side) }
        guard !pictures.isEmpty, pictures.count % columns == 0 else { return nil }
        let sheet = RasterPicture.sheet(pictures, columns: columns)
        return TensorBoardFile.Image(
            tag, width: sheet.width, height: sheet.height,
            png: PNGFile.encoded(width: sheet.width, height: sheet.height, rgb: sheet.rgb, scale: 1))
    }
}

extension RasterPicture {
    /// - Returns: nil where it is numbers.
    fileprivate init?(_ look: LatentView.Look, side: Int) {
        guard case .picture(let width, let height, let colours, let pixels) = look else { return nil }
        let rgb = colours == 3 ? Array(pixels) : pixels.flatMap { [$0, $0, $0] }
        self.init(width, height, rgb, scale: max(1, side / max(width, height)))
    }
}

extension TensorBoardFile {
    /// Gets pictures while the run goes on.
    var latentOnlooker: LatentWatch.Onlooker {
        LatentWatch.Onlooker(wants: { [weak self] in self?.wantsImages ?? false }) { [weak self] frames, view in
            self?.show(view.sheets, frames: frames)
        }
    }
}
