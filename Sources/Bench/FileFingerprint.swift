private import FoundationEssentials
private import StarlingExperience

/// Tells files with different bytes apart.
package enum FileFingerprint {
    /// 16 hexadecimal digits; nil when the file can't be read.
    package static func of(_ path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else { return nil }
        return data.withUnsafeBytes(Digest.text)
    }
}
