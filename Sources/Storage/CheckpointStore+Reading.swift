import Foundation
package import StarlingExperience
package import StarlingSafetensors

extension CheckpointStore {
    /// The checkpoint named as the run's result; nil when there is none (yet).
    package var finalVersion: ParameterVersion? { version(linkedAt: finalLink) }

    /// The checkpoint that played best of those that were evaluated; nil when there is none.
    package var bestVersion: ParameterVersion? { version(linkedAt: bestLink) }

    private func version(linkedAt link: String) -> ParameterVersion? {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: link)).flatMap(ParameterVersion.init(folder:))
    }

    /// Whether the run has a result.
    package var hasFinal: Bool { finalVersion.map(versions.contains) ?? false }

    /// Reads a checkpoint and checks every byte of it.
    package func read<State>(
        _ version: ParameterVersion, as state: State.Type = State.self
    ) throws(CheckpointError) -> Checkpoint<State> {
        let manifest = try manifest(of: version, as: state)
        let checkpoint = Checkpoint(
            version: version, state: manifest.state,
            parameters: try arrays(of: version, CheckpointFile.parameters, manifest.files),
            optimizer: try arrays(of: version, CheckpointFile.optimizer, manifest.files),
            replay: try someArrays(of: version, CheckpointFile.replay, manifest.files),
            actors: try someArrays(of: version, CheckpointFile.actors, manifest.files))
        if let fault = checkpoint.state.fault(of: checkpoint.actors) { throw damaged(version, fault) }
        return checkpoint
    }

    /// Reads only what a checkpoint keeps beside its arrays.
    package func readState<State: CheckpointState>(
        _ version: ParameterVersion, as state: State.Type = State.self
    ) throws(CheckpointError) -> State { try manifest(of: version, as: state).state }

    /// The state of the newest checkpoint that is whole; nil when there is none.
    package func newestGoodState<State: CheckpointState>(
        as state: State.Type = State.self, told: (CheckpointError) -> Void
    ) -> (version: ParameterVersion, state: State)? {
        newestGood(as: state, told: told).map { ($0.version, $0.state) }
    }

    /// Reads only a checkpoint's parameters, whatever its state is: all that acting needs.
    package func readParameters(_ version: ParameterVersion) throws(CheckpointError) -> [NamedArray] {
        let manifest = try manifest(of: version, as: AnyState.self)
        return try arrays(of: version, CheckpointFile.parameters, manifest.files)
    }

    /// The newest checkpoint that is whole; nil when there is none.
    /// - Parameter told: gets the damaged ones that are newer.
    package func newestGood<State>(
        as state: State.Type = State.self, told: (CheckpointError) -> Void
    ) -> Checkpoint<State>? {
        first(of: versions.reversed(), told: told) { version throws(CheckpointError) in try read(version, as: state) }
    }

    /// The parameters of the final checkpoint, or else of the newest that is whole; nil when there is none.
    /// - Parameter told: gets the damaged ones that came before it.
    package func resultParameters(
        told: (CheckpointError) -> Void
    ) -> (version: ParameterVersion, parameters: [NamedArray])? {
        let final = finalVersion
        let order = [final].compactMap { $0 } + versions.reversed().filter { $0 != final }
        return first(of: order, told: told) { version throws(CheckpointError) in
            (version, try readParameters(version))
        }
    }

    private func first<Result>(
        of versions: [ParameterVersion], told: (CheckpointError) -> Void,
        _ read: (ParameterVersion) throws(CheckpointError) -> Result
    ) -> Result? {
        for version in versions {
            do {
                return try read(version)
            } catch { told(error) }
        }
        return nil
    }

    private func manifest<State>(
        of version: ParameterVersion, as state: State.Type
    ) throws(CheckpointError) -> Manifest<State> {
        let bytes = try bytes(of: version, CheckpointFile.manifest, limit: 64 << 20)
        guard let form = ManifestText.decode(Form.self, from: bytes) else {
            throw damaged(version, "its manifest was changed or cut")
        }
        guard form.format == Manifest<State>.currentFormat else {
            throw damaged(version, "its format is \(form.format) and this build reads \(Manifest<State>.currentFormat)")
        }
        guard let manifest = ManifestText.decode(Manifest<State>.self, from: bytes) else {
            throw damaged(version, "its manifest doesn't hold the state that this build keeps")
        }
        let named = manifest.parameterVersion
        guard named.generation == version.generation, named.update == version.update else {
            throw damaged(version, "its manifest is of version \(named.generation).\(named.update)")
        }
        if let fault = manifest.state.fault { throw damaged(version, fault) }
        return manifest
    }

    private func arrays(
        of version: ParameterVersion, _ name: String, _ files: [String: ManifestFile]
    ) throws(CheckpointError) -> [NamedArray] {
        guard let expected = files[name] else { throw damaged(version, "its manifest doesn't list \(name)") }
        let bytes = try bytes(of: version, name, limit: expected.bytes)
        guard ManifestFile(bytes) == expected else { throw damaged(version, "\(name) was changed or cut") }
        do {
            return try SafetensorsFile(decoding: bytes).arrays
        } catch { throw damaged(version, "\(name): \(error.message)") }
    }

    private func someArrays(
        of version: ParameterVersion, _ name: String, _ files: [String: ManifestFile]
    ) throws(CheckpointError) -> [NamedArray] {
        files[name] == nil ? [] : try arrays(of: version, name, files)
    }

    private func bytes(
        of version: ParameterVersion, _ name: String, limit: Int
    ) throws(CheckpointError) -> [UInt8] {
        let path = "\(folder(version))/\(name)"
        do {
            return try FileSystem.read(path, limit: limit)
        } catch {
            guard FileManager.default.fileExists(atPath: folder(version)) else {
                throw CheckpointError(.missing, "there is no checkpoint \(version) in \(directory)")
            }
            guard error.code != EFBIG else { throw damaged(version, "\(name) is longer than it was") }
            throw damaged(version, error.message)
        }
    }

    private func damaged(_ version: ParameterVersion, _ what: String) -> CheckpointError {
        CheckpointError(.damaged, "checkpoint \(version) in \(directory) can't be used: \(what)")
    }
}

/// What every manifest begins with, whatever its format.
private struct Form: Decodable { var format: Int }

/// Stands for a state that isn't looked at.
private struct AnyState: CheckpointState {
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}
}
