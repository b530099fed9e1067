import ArgumentParser
import Glibc
import StarlingBridge
import StarlingEnvironments
import StarlingExperience
import StarlingThreads

extension DoctorCommand {
    /// Plays an environment and tells, rule by rule, whether it keeps to what is asked of one.
    /// - Throws: `ExitCode` when it doesn't.
    func examine(environment text: String, _ environments: EnvironmentRegistry) throws {
        var options = EnvironmentOptions()
        for assignment in assignments {
            let prefix = "environment."
            guard options.set(assignment: assignment.hasPrefix(prefix) ? String(assignment.dropFirst(prefix.count)) : assignment) else {
                throw ValidationError("--set takes option=value here, such as size=8, not \(assignment)")
            }
        }
        do {
            let entry = try entry(text, options, environments)
            let conformance = EnvironmentConformance(entry, options: options, steps: steps) { finding in
                let mark =
                    switch finding.verdict {
                    case .kept: "ok"
                    case .remark: "note"
                    case .broken: "FAIL"
                    }
                tell(finding.rule.rawValue, finding.text, as: mark)
            }
            guard conformance.violations.isEmpty else { throw ExitCode(1) }
        } catch let error as EnvironmentError {
            tell("environment", error.message, as: "FAIL")
            if text.hasSuffix(".py") {
                tell(
                    "remedy", "a file of Python is a module of gymnasium: --environment gymnasium --set module=\(text) --set id=NAME",
                    as: "note")
            }
            throw ExitCode(1)
        }
    }

    private func entry(
        _ text: String, _ options: EnvironmentOptions, _ environments: EnvironmentRegistry
    ) throws -> EnvironmentRegistry.Entry {
        // What an environment writes is shown.
        let logger = LogOptions(level: .info).makeLogger(label: "environment")
        if let library = LibrarySettings.named(text) {
            let settings = LibrarySettings(name: library.name, path: library.path, isolates: isolate, logger: logger)
            try settings.check(beside: environments)
            return .library(settings)
        }
        let module = options.text("module").map(PythonSettings.module)
        let settings = PythonSettings(
            program: python.program ?? "python3", modules: module.map { [$0.name: $0.path] } ?? [:], logger: logger)
        return try (environments + [.gymnasium(settings)]).entry(named: text)
    }
}
