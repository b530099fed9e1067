import Foundation
package import StarlingExperience

/// The checkpoints of a run: `checkpoints/<version>/{manifest.json, parameters.safetensors, optimizer.safetensors}`,
/// and `replay.safetensors` and `actors.safetensors` where there is something in them.
///
/// A checkpoint is written aside, synced and renamed, so one that has its name is whole; and it is checked again by its
/// digests whenever it is read, so one that rotted is told and passed over. Reading needs no lock.
package struct CheckpointStore: Sendable {
    let directory: String
    /// How many of the newest checkpoints `write` keeps beside the final one.
    package let kept: Int

    package init(_ paths: RunPaths, keeping kept: Int = 3) {
        precondition(kept >= 1, "a store that keeps \(kept) checkpoints is none")
        directory = paths.checkpoints
        self.kept = kept
    }

    /// Versions that have a checkpoint, good or damaged, from old to new.
    package var versions: [ParameterVersion] {
        let names = (FileSystem.names(in: directory) ?? []).map { name in
            name.hasPrefix(Self.replacedPrefix) ? String(name.dropFirst(Self.replacedPrefix.count)) : name
        }
        return Set(names.compactMap(ParameterVersion.init(folder:))).sorted()
    }

    /// Where a checkpoint is: in its place, or still aside when a crash hit its replacement.
    func folder(_ version: ParameterVersion) -> String {
        let place = "\(directory)/\(version)"
        let isAside =
            !FileManager.default.fileExists(atPath: place)
            && FileManager.default.fileExists(atPath: replaced(version))
        return isAside ? replaced(version) : place
    }

    /// Where a checkpoint waits while another of the same version takes its place.
    func replaced(_ version: ParameterVersion) -> String { "\(directory)/\(Self.replacedPrefix)\(version)" }
    private static let replacedPrefix = ".old-"

    var finalLink: String { directory + "/final" }
    var bestLink: String { directory + "/best" }
}

/// Names of a checkpoint's files.
enum CheckpointFile {
    static let manifest = "manifest.json"
    static let parameters = "parameters.safetensors"
    static let optimizer = "optimizer.safetensors"
    /// Only where there is any.
    static let replay = "replay.safetensors"
    static let actors = "actors.safetensors"
}
