import Foundation
import Logging
import StarlingBridge
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads

extension Program {
    /// With the environments of the user's Python, of which a run uses the module that it names itself, and that of the library which it
    /// names.
    /// - Parameter renders: whether they are made to be looked at.
    func adding(
        _ python: PythonOptions, for settings: RunSettings, _ log: LogOptions, _ stop: StopSignal, renders: Bool = false
    ) throws -> Program {
        let logger = log.makeLogger(label: "environment")
        let module = settings.environmentOptions.text("module").map(PythonSettings.module)
        let ofPython = PythonSettings(
            program: python.programHere, modules: module.map { [$0.name: $0.path] } ?? [:], logger: logger,
            renders: renders, isStopping: { stop.isRequested })
        var library = EnvironmentRegistry.Entry.libraryToBeNamed
        if let path = settings.libraryPath {
            let settings = LibrarySettings(name: settings.environment, path: path, logger: logger, isStopping: { stop.isRequested })
            try settings.check(beside: environments)
            library = .library(settings)
        }
        return Program(environments: environments + [.gymnasium(ofPython), library], algorithms: algorithms, recipes: recipes)
    }

    /// The environment that the settings name, which they fit.
    func environment(of settings: RunSettings) throws -> EnvironmentSpec {
        let environment = try environments.entry(named: settings.environment).spec(settings.environmentOptions)
        try settings.check(environment: environment)
        return environment
    }

    /// With word of the environments of Python and of libraries, and none of them.
    var tellingOfOthers: Program {
        Program(environments: environments + [.gymnasium(nil), .libraryToBeNamed], algorithms: algorithms, recipes: recipes)
    }
}

extension PythonOptions {
    /// As told, or whichever is called so here.
    var programHere: String { program ?? "python3" }

    /// What an actor of this machine is to be given for a run of these settings.
    func actorArguments(for settings: RunSettings) -> [String] {
        if let path = settings.libraryPath { return ["--environment", "\(settings.environment)=\(path)"] }
        guard settings.isOfPython else { return [] }
        return ["--python", programHere] + (settings.environmentOptions.text("module").map { ["--module", $0] } ?? [])
    }

    /// What else an actor of another machine has to be told.
    func advice(for settings: RunSettings) -> String {
        if let path = settings.libraryPath {
            let file = path.split(separator: "/").last ?? ""
            return
                " --environment \(LibrarySettings.named(path)?.name == settings.environment ? "" : "\(settings.environment)=")PATH/\(file)"
        }
        guard settings.isOfPython else { return "" }
        return " --python PATH" + (settings.environmentOptions.text("module").map { " --module \(PythonSettings.module($0).name)" } ?? "")
    }
}

extension RunSettings {
    var isOfPython: Bool { environment == PythonSettings.environment }

    /// The file of the environment's library; nil where it is of none.
    var libraryPath: String? { isOfPython ? nil : environmentOptions.text(LibrarySettings.option) }

    /// What else to try where actors end; empty where there is nothing.
    var isolationHint: String {
        guard libraryPath != nil, environmentOptions["isolate"] != .scalar(.truth(true)) else { return "" }
        return "; where the library crashes, --isolate steps it in a process of its own, and tells how it ends"
    }

    /// Options as actors have them: a module is named, never where its file lies, nor that of a library.
    var namedOptions: EnvironmentOptions {
        var options = environmentOptions
        if libraryPath != nil { options.remove(LibrarySettings.option) }
        guard isOfPython, let module = options.text("module") else { return options }
        _ = options.set("module", to: .scalar(.text(PythonSettings.module(module).name)))
        return options
    }

    /// How an actor is started that brings the environment to a learner that doesn't know it.
    var bringing: String {
        isOfPython
            ? "--python PATH and --environment NAME=VALUE for each of \(namedOptions)" : "--environment ./lib\(environment).so"
    }

    /// Files by their whole paths: a run may go on from another folder.
    mutating func settleFiles() {
        func whole(_ path: String) -> EnvironmentOptions.Value {
            .scalar(.text(URL(fileURLWithPath: path).standardizedFileURL.path))
        }
        if let path = libraryPath { _ = environmentOptions.set(LibrarySettings.option, to: whole(path)) }
        if isOfPython, let module = environmentOptions.text("module"), PythonSettings.module(module).path != nil {
            _ = environmentOptions.set("module", to: whole(module))
        }
    }

    /// Becomes those of a run in a library's environment.
    mutating func take(_ library: (name: String, path: String)) {
        environment = library.name
        _ = environmentOptions.set(LibrarySettings.option, to: .scalar(.text(library.path)))
        settleFiles()
    }
}
