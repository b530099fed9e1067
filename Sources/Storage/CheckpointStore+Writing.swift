import Foundation
package import StarlingExperience
import StarlingSafetensors

extension CheckpointStore {
    /// Writes a checkpoint durably, in place of one of the same version if there is one, then removes those that are
    /// too old to keep. A failure leaves all older checkpoints as they were.
    package func write<State>(_ checkpoint: Checkpoint<State>) throws(CheckpointError) {
        do throws(SystemFault) {
            try FileSystem.makeDirectory(directory)
            let aside = "\(directory)/.aside-\(checkpoint.version)"
            try FileSystem.remove(aside)
            do throws(SystemFault) {
                try FileSystem.makeDirectory(aside)
                try writeFiles(of: checkpoint, to: aside)
                try FileSystem.synchronize(directory: aside)
                try moveIntoPlace(aside, checkpoint.version)
            } catch {
                try? FileSystem.remove(aside)
                throw error
            }
            try FileSystem.synchronize(directory: directory)
        } catch {
            throw CheckpointError(.unwritable, "checkpoint \(checkpoint.version) was not written: \(error.message)")
        }
        prune(sparing: checkpoint.version)
    }

    /// Names a checkpoint as the run's result: `checkpoints/final` then leads to it, and it is never pruned.
    package func markFinal(_ version: ParameterVersion) throws(CheckpointError) { try mark(version, as: "final", finalLink) }

    /// Names a checkpoint as the best that was evaluated: `checkpoints/best` then leads to it, and it is never pruned.
    package func markBest(_ version: ParameterVersion) throws(CheckpointError) { try mark(version, as: "best", bestLink) }

    private func mark(_ version: ParameterVersion, as name: String, _ link: String) throws(CheckpointError) {
        let aside = "\(directory)/.aside-\(name)"
        do throws(SystemFault) {
            try FileSystem.remove(aside)
            guard symlink("\(version)", aside) == 0 else { throw SystemFault("link", link) }
            guard rename(aside, link) == 0 else { throw SystemFault("link", link) }
            try FileSystem.synchronize(directory: directory)
        } catch {
            throw CheckpointError(.unwritable, "checkpoint \(version) was not marked as \(name): \(error.message)")
        }
    }

    /// The run goes on: what it ended with is no longer its result.
    package func unmarkFinal() { unlink(finalLink) }

    /// Removes all but the newest `kept` checkpoints, the final one, the best and the one just written, which may be older than they and
    /// is about to be marked; and what a crash left half written. What can't be removed stays: that is no reason to stop a run.
    private func prune(sparing written: ParameterVersion) {
        for name in FileSystem.names(in: directory) ?? [] where name.hasPrefix(".aside-") {
            try? FileSystem.remove("\(directory)/\(name)")
        }
        let marked = [finalVersion, bestVersion, written]
        for version in versions.dropLast(kept) where !marked.contains(version) {
            try? FileSystem.remove("\(directory)/\(version)")
        }
        for version in versions where folder(version) != replaced(version) {
            try? FileSystem.remove(replaced(version))
        }
    }

    private func writeFiles<State>(of checkpoint: Checkpoint<State>, to folder: String) throws(SystemFault) {
        // Python's users see the version without our manifest.
        let metadata = ["parameter_version": "\(checkpoint.version)"]
        var files = [
            CheckpointFile.parameters: SafetensorsFile(checkpoint.parameters, metadata: metadata).encoded(),
            CheckpointFile.optimizer: SafetensorsFile(checkpoint.optimizer, metadata: metadata).encoded(),
        ]
        for (name, arrays) in [(CheckpointFile.replay, checkpoint.replay), (CheckpointFile.actors, checkpoint.actors)]
        where !arrays.isEmpty {
            files[name] = SafetensorsFile(arrays, metadata: metadata).encoded()
        }
        for (name, bytes) in files { try FileSystem.create("\(folder)/\(name)", bytes) }
        let manifest = Manifest(
            parameterVersion: .init(generation: checkpoint.version.generation, update: checkpoint.version.update),
            files: files.mapValues { .init($0) }, state: checkpoint.state)
        let text: [UInt8]
        do {
            text = try ManifestText.encode(manifest)
        } catch {
            // Only a state's own encode(to:) can fail.
            throw SystemFault("encode", "\(folder)/\(CheckpointFile.manifest)", code: EINVAL)
        }
        try FileSystem.create("\(folder)/\(CheckpointFile.manifest)", text)
    }

    private func moveIntoPlace(_ aside: String, _ version: ParameterVersion) throws(SystemFault) {
        let place = "\(directory)/\(version)"
        var status = stat()
        guard lstat(place, &status) == 0 else {
            guard rename(aside, place) == 0 else { throw SystemFault("rename to", place) }
            return
        }
        // A directory can't be renamed over a full one. After a crash between the two, the old one is found as such.
        let old = replaced(version)
        try FileSystem.remove(old)
        guard rename(place, old) == 0, rename(aside, place) == 0 else { throw SystemFault("rename to", place) }
    }
}
