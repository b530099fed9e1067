private import CStarlingKernels
private import FoundationEssentials

/// Tells files with different bytes apart.
package enum FileFingerprint {
    /// 16 hexadecimal digits; nil when the file can't be read.
    package static func of(_ path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else { return nil }
        let hash = data.withUnsafeBytes { starling_xxh64($0.baseAddress, $0.count) }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
