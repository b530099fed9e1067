import ArgumentParser
import Foundation
import StarlingKeys
import StarlingLaunchActor
import StarlingZeroMQ

/// Makes keys.
struct KeygenCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes a learner's keys, and key files for its actors.",
        discussion: """
            The directory and the learner's own key are made if they are not there; then a key file for every NAME. A \
            machine that has the file is that actor. One file may serve many machines: they are then let in, and shut \
            out, together.

              \(Build.program) keygen keys rack7 && \(Build.program) enrol keys/rack7.key
            """)

    @Argument(help: ArgumentHelp("The learner's keys.", valueName: "dir"))
    var directory: String

    @Argument(help: ArgumentHelp("An actor to make a key file for.", valueName: "name"))
    var names: [String] = []

    func run(in program: Program) throws -> Int32 {
        let keys = KeyDirectory(directory)
        for name in names { try KeyName.check(name) }
        let isNew = try keys.make()
        let fingerprint = try keys.learner().publicKey.fingerprint
        if isNew || names.isEmpty {
            print("\(keys.learnerFile)  the learner's own key (\(fingerprint)); it stays on this machine")
        }
        var files: [String] = []
        for name in names {
            let key = try keys.makeActor(name)
            files.append(key.path)
            print("\(key.path)  the key of the actor \(name) (\(key.pair.publicKey.fingerprint))")
        }
        print("")
        guard let file = files.first else {
            print("A key file for an actor:  \(Program.invocation) keygen \(keys.path) NAME")
            return 0
        }
        print(
            """
            Let \(files.count == 1 ? "it" : "them") in:          \(Program.invocation) enrol \(files.joined(separator: " "))
            Start the learner:  \(Program.invocation) learner RECIPE --keys \(keys.path) --bind tcp://0.0.0.0:5555
            Copy the file:      scp -p \(file) \(names[0]):starling.key
            Start the actor:    starling-actor --learner tcp://\(Self.host):5555 --key starling.key
            """)
        return 0
    }

    private static var host: String {
        let name = ProcessInfo.processInfo.hostName
        return name == "localhost" ? "HOST" : name
    }
}

/// Where the learner's keys are.
struct KeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The learner's keys.", valueName: "dir"))
    var keys = "keys"
}

struct EnrolCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Lets actors in; a running learner takes notice by itself.")

    @Argument(help: ArgumentHelp("Key files that keygen made.", valueName: "keyfile"))
    var files: [String]

    @Option(help: ArgumentHelp("The learner's keys (default: where the key file is).", valueName: "dir"))
    var keys: String?

    func run(in program: Program) throws -> Int32 {
        var status: Int32 = 0
        for file in files {
            let beside = KeyDirectory(URL(fileURLWithPath: file, isDirectory: false).deletingLastPathComponent().relativePath)
            do {
                let (name, key) = try KeyDirectory(keys ?? (beside.isMade ? beside.path : "keys")).enrol(file)
                print("\(name) (\(key.fingerprint)) may connect; a running learner knows within a second")
            } catch {
                // The others are let in all the same.
                Program.complain("\(error)")
                status = 1
            }
        }
        return status
    }
}

struct RevokeCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Shuts an actor out for good; a running learner ends its sessions in seconds.")

    @Argument(help: "The name of its key (see `\(Build.program) keys`).")
    var name: String

    @OptionGroup var options: KeyOptions

    func run(in program: Program) throws -> Int32 {
        let key = try KeyDirectory(options.keys).revoke(name)
        print("\(name) (\(key.fingerprint)) may not connect any more")
        return 0
    }
}

struct KeysCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Lists who may connect, since when, and who no longer may.")

    @OptionGroup var options: KeyOptions

    func run(in program: Program) throws -> Int32 {
        let keys = KeyDirectory(options.keys)
        let pair = try keys.learner()
        let list = try keys.allowList()
        print("learner  \(pair.publicKey.fingerprint)  \(keys.learnerFile)\n")
        let width = max(4, list.entries.map(\.name.count).max() ?? 0)
        func row(_ name: String, _ fingerprint: String, _ since: String, _ revoked: String) {
            let line = [
                name.padding(toLength: width, withPad: " ", startingAt: 0),
                fingerprint.padding(toLength: 19, withPad: " ", startingAt: 0),
                since.padding(toLength: 20, withPad: " ", startingAt: 0), revoked,
            ]
            print(line.joined(separator: "  "))
        }
        row("name", "fingerprint", "since", "revoked")
        for entry in list.entries { row(entry.name, entry.key.fingerprint, entry.since, entry.revoked ?? "-") }
        for fault in list.faults { Program.complain("\(keys.allowListFile): \(fault)") }
        return list.faults.isEmpty ? 0 : 1
    }
}
