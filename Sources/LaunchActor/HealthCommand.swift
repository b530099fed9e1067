package import ArgumentParser
import Glibc
import StarlingThreads

/// `health`: what a supervisor asks instead of a port of the actor's.
package struct HealthCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Says by its status whether the actor that writes a health file is well.",
        discussion: """
            Status 0 and the file's line when it is, else 1 and why. For liveness probes; with --ready, for readiness ones.
            """)

    @Argument(help: ArgumentHelp("What starling-actor --health wrote.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("How old the file may be.", valueName: "seconds"))
    var maxAge = 15.0

    @Option(help: ArgumentHelp("For how long no environment may have stepped (default: any time).", valueName: "seconds"))
    var maxIdle: Double?

    @Flag(help: "The actor must have a session with its learner.")
    var ready = false

    package init() {}

    package func run() throws {
        let text = try read()
        if let fault = fault(of: text) {
            print("\(file): \(fault)")
            throw ExitCode(1)
        }
        print(text, terminator: "")
    }

    private func read() throws -> String {
        guard let text = SmallFile.text(of: file) else {
            print("\(file): \(String(cString: strerror(errno))); does the actor run with --health \(file)?")
            throw ExitCode(1)
        }
        return text
    }

    private func fault(of text: String) -> String? {
        guard let time = number("time", in: text), let idle = number("seconds_since_step", in: text) else {
            return "this is no health file of an actor; give the one of starling-actor --health FILE"
        }
        let age = Host.clock() - time
        if age > maxAge {
            return "it is \(Int(age)) s old (--max-age \(Int(maxAge))): the actor has ended, hangs or can't write; see its log"
        }
        if text.contains("\"state\":\"over\"") { return "the actor has ended" }
        if let maxIdle, idle > maxIdle {
            return
                "no environment has stepped for \(Int(idle)) s (--max-idle \(Int(maxIdle))): see starling-actor doctor, and the actor's log"
        }
        if ready, !text.contains("\"state\":\"working\"") {
            return "the actor has no session with its learner: see its log, or starling-actor doctor"
        }
        return nil
    }

    /// A field of the one line that `HealthProgress` writes.
    private func number(_ name: String, in text: String) -> Double? {
        guard let range = text.firstRange(of: "\"\(name)\":") else { return nil }
        return Double(text[range.upperBound...].prefix { $0.isNumber || $0 == "-" })
    }
}
