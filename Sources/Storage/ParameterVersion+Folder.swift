package import StarlingExperience

extension ParameterVersion {
    /// Reads the name of a checkpoint's folder, `generation.update`; nil when it is no such name.
    package init?(folder: String) {
        let parts = folder.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let generation = UInt32(parts[0]), let update = UInt64(parts[1]) else { return nil }
        self.init(generation: generation, update: update)
        // "01.5" and "+1.5" would be second names of the same version.
        guard description == folder else { return nil }
    }
}
