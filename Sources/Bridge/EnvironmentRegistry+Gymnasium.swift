import Logging
package import StarlingEnvironments
import StarlingExperience

extension EnvironmentRegistry.Entry {
    /// Any environment of Gymnasium that a Python on this machine has.
    /// - Parameters:
    ///   - settings: whose Python; nil for a program that can only tell of it.
    ///   - only: the one environment that may be stepped; nil: any.
    package static func gymnasium(_ settings: PythonSettings?, only: EnvironmentOptions? = nil) -> Self {
        @Sendable func settled() throws(EnvironmentError) -> PythonSettings {
            guard let settings else {
                throw EnvironmentError(
                    .unusable, "Environments of Python can't be used here: name the Python that has them by --python PATH")
            }
            return settings
        }
        return Self(
            GymnasiumOptions.name, summary: "Any environment of Gymnasium, or your own, in your own Python.",
            options: GymnasiumOptions.all, needsOptions: true, laneLimit: 16,
            faults: { settings?.faults.counts ?? EnvironmentFaults() },
            spec: { try describe($0, settled()) },
            batches: { spec, groups, width in
                guard groups > 0 else { return [] }
                if let only, try GymnasiumOptions(only).told != spec.options {
                    throw EnvironmentError(
                        .unusable,
                        "The learner asks for \(spec.title), and this actor was started for \(only.withoutSecrets): start one without --environment"
                    )
                }
                guard groups <= 256 else {
                    throw EnvironmentError(.unusable, "\(groups) groups of environments are more than the 256 of a worker")
                }
                let host = try WorkerHost(
                    spec, groups: groups, width: width, PythonWorker(settled(), GymnasiumOptions(spec.options)))
                return (0..<groups).map { WorkerBatch(host, group: $0) }
            })
    }

    /// Asks Python what options make of it, and has it looked over.
    private static func describe(_ told: EnvironmentOptions, _ settings: PythonSettings) throws -> EnvironmentSpec {
        let options = try GymnasiumOptions(told)
        let kind = PythonWorker(settings, options)
        var spec = EnvironmentSpec(
            name: GymnasiumOptions.name, observation: ObservationSpec(shape: [1]), action: .discrete(1), options: options.told)
        let title = spec.title
        do throws(WorkerFault) {
            let worker = try kind.start(WorkerMemory(), title: title)
            defer { worker.end() }
            let described = try kind.greet(worker, width: nil, masksActions: options.ignoresMasks ? false : nil)
            spec.take(described)
            settings.logger.info("\(title): \(described.versions)")
            for note in described.notes { settings.logger.warning("\(note)") }
        } catch {
            if case .raised(let trace) = error {
                for line in trace.split(separator: "\n") { settings.logger.error("\(title): \(PrintableText.escaped(String(line)))") }
            }
            throw WorkerHost.error(error, title)
        }
        return spec
    }
}
