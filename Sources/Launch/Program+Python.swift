import Foundation
import Logging
import StarlingBridge
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads

extension Program {
    /// With the environments of the user's Python, of which a run uses the module that it names itself.
    /// - Parameter renders: whether they are made to be looked at.
    func adding(_ python: PythonOptions, for settings: RunSettings, _ log: LogOptions, _ stop: StopSignal, renders: Bool = false) -> Program
    {
        let module = settings.environmentOptions.text("module").map(PythonSettings.module)
        let settings = PythonSettings(
            program: python.programHere, modules: module.map { [$0.name: $0.path] } ?? [:], logger: log.makeLogger(label: "environment"),
            renders: renders, isStopping: { stop.isRequested })
        return Program(environments: environments + [.gymnasium(settings)], algorithms: algorithms, recipes: recipes)
    }

    /// With word of the environments of Python, and none of them.
    var tellingOfPython: Program {
        Program(environments: environments + [.gymnasium(nil)], algorithms: algorithms, recipes: recipes)
    }
}

extension PythonOptions {
    /// As told, or whichever is called so here.
    var programHere: String { program ?? "python3" }

    /// What an actor of this machine is to be given for a run of these settings.
    func actorArguments(for settings: RunSettings) -> [String] {
        guard !settings.environmentOptions.isEmpty else { return [] }
        return ["--python", programHere] + (settings.environmentOptions.text("module").map { ["--module", $0] } ?? [])
    }
}

extension PythonOptions {
    /// What else an actor of another machine has to be told.
    func advice(for settings: RunSettings) -> String {
        guard !settings.environmentOptions.isEmpty else { return "" }
        return " --python PATH" + (settings.environmentOptions.text("module").map { " --module \(PythonSettings.module($0).name)" } ?? "")
    }
}

extension RunSettings {
    /// Options as actors have them: a module is named, never where its file lies.
    var namedOptions: EnvironmentOptions {
        var options = environmentOptions
        guard let module = options.text("module") else { return options }
        _ = options.set("module", to: .scalar(.text(PythonSettings.module(module).name)))
        return options
    }

    /// A module's file by its whole path: a run may go on from another folder.
    mutating func settleModule() {
        guard let module = environmentOptions.text("module"), PythonSettings.module(module).path != nil else { return }
        _ = environmentOptions.set("module", to: .scalar(.text(URL(fileURLWithPath: module).standardizedFileURL.path)))
    }
}
