import Logging
package import StarlingEnvironments
import StarlingExperience

extension EnvironmentRegistry.Entry {
    /// The environment of a shared library.
    package static func library(_ settings: LibrarySettings) -> Self {
        Self(
            settings.name, summary: "Of the library \(settings.path).", options: [], needsOptions: false, laneLimit: nil,
            faults: { settings.faults.counts },
            spec: { told in try spec(LibraryOptions(told), settings) },
            batches: { spec, groups, width in
                guard groups > 0 else { return [] }
                let options = try LibraryOptions(spec.options)
                guard !settings.isolates, !options.isIsolated else {
                    guard groups <= 256 else {
                        throw EnvironmentError(.unusable, "\(groups) groups of environments are more than the 256 of a worker")
                    }
                    let host = try WorkerHost(spec, groups: groups, width: width, LibraryWorker(settings, options))
                    return (0..<groups).map { WorkerBatch(host, group: $0) }
                }
                let own = try Self.spec(options, settings)
                let library: EnvironmentLibrary
                do throws(WorkerFault) { library = try EnvironmentLibrary(path: settings.path) } catch {
                    throw WorkerHost.error(error, own.title)
                }
                return try (0..<groups).map { _ in
                    try LibraryBatch(own, count: width, library, options.library, settings.bearing)
                }
            })
    }

    /// What stands for the environment of a library in recipes that leave it to the command line.
    package static var libraryToBeNamed: Self {
        let error = EnvironmentError(
            .unusable, "Environment 'library' stands for one of your own: name its shared library by --environment ./libNAME.so")
        return Self(
            "library", summary: "Of a shared library in C, C++, Rust …: --environment ./libNAME.so.", options: [], needsOptions: true,
            laneLimit: nil, faults: { EnvironmentFaults() }, spec: { _ in throw error }, batches: { _, _, _ in throw error })
    }

    /// What options make of it.
    private static func spec(_ options: LibraryOptions, _ settings: LibrarySettings) throws -> EnvironmentSpec {
        var spec = EnvironmentSpec(
            name: settings.name, observation: ObservationSpec(shape: [1]), action: .discrete(1), options: options.told)
        let title = spec.title
        do throws(WorkerFault) {
            spec.take(try described(options, settings, title))
        } catch {
            throw WorkerHost.error(error, title)
        }
        return spec
    }

    private static func described(
        _ options: LibraryOptions, _ settings: LibrarySettings, _ title: String
    ) throws(WorkerFault) -> WorkerDescription {
        guard settings.isolates || options.isIsolated else {
            return try EnvironmentLibrary(path: settings.path).describe(options.library)
        }
        let kind = LibraryWorker(settings, options)
        let worker = try kind.start(WorkerMemory(), title: title)
        defer { worker.end() }
        return try kind.greet(worker, width: nil, masksActions: nil)
    }
}

extension EnvironmentSpec {
    /// Becomes what was described.
    mutating func take(_ described: WorkerDescription) {
        (observation, action) = (described.observation, described.action)
        (observationLimit, rewardLimit) = (described.observationLimit, described.rewardLimit)
        (playersAlternate, masksActions, tellsCost) = (described.playersAlternate, described.masksActions, described.tellsCost)
    }
}
