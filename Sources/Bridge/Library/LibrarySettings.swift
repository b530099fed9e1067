package import Logging
package import StarlingEnvironments

/// A shared library whose environments may be stepped here.
package struct LibrarySettings: Sendable {
    /// What recipes call its environment.
    package var name: String
    /// Its file.
    package var path: String
    /// Whether its environments are stepped in a process of their own, whatever options say.
    package var isolates: Bool
    /// The program that is such a process: one of ours, which knows the word for it.
    package var program = "/proc/self/exe"
    package var logger: Logger
    /// Asked in every wait, so that nothing that hangs keeps a process from its end.
    package var isStopping: @Sendable () -> Bool
    /// What went wrong, of all loops.
    package let faults = FaultCounts()

    package init(
        name: String, path: String, isolates: Bool = false, logger: Logger, isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.name, self.path, self.isolates, self.logger, self.isStopping) = (name, path, isolates, logger, isStopping)
    }

    /// The option that says where the file is. It stays on its machine.
    package static let option = "library"

    /// Opens the file, to find out whether it can be used here.
    /// - Parameter registry: what the program has already.
    /// - Throws: `EnvironmentError` that says what is wrong with it.
    package func check(beside registry: EnvironmentRegistry) throws(EnvironmentError) {
        guard !registry.entries.contains(where: { $0.name == name }) else {
            throw EnvironmentError(
                .unusable, "This program has an environment \(name) already: call that of \(path) otherwise, --environment NAME=\(path)")
        }
        do throws(WorkerFault) {
            // What it does when it is loaded it shall not do here.
            if isolates { try EnvironmentLibrary.check(path) } else { _ = try EnvironmentLibrary(path: path) }
        } catch {
            throw WorkerHost.error(error, name)
        }
    }

    var bearing: FaultBearing { FaultBearing(logger: logger, faults: faults, isStopping: isStopping) }

    /// A library as a command line names it: `./libmaze.so`, whose environment is called `maze`, or `lake=./libmaze.so`.
    /// - Returns: nil when the text names none.
    package static func named(_ text: String) -> (name: String, path: String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.last.map(String.init), let file = path.split(separator: "/").last.map(String.init),
            let ending = file.range(ofEnding: ".so"), parts.count == 1 || !PythonSettings.isOption(parts[0])
        else { return nil }
        let stem = file[..<ending]
        let name = parts.count == 2 ? String(parts[0]) : String(stem.hasPrefix("lib") ? stem.dropFirst(3) : stem[...])
        return name.isEmpty ? nil : (name, path)
    }
}

extension String {
    /// Where `.so`, or `.so` with a version, begins at the end of a file's name.
    fileprivate func range(ofEnding ending: String) -> Index? {
        var stem = self[...]
        while let dot = stem.lastIndex(of: ".") {
            if stem[dot...] == ending { return dot }
            guard stem[dot...].dropFirst().allSatisfy(\.isNumber) else { return nil }
            stem = stem[..<dot]
        }
        return nil
    }
}
