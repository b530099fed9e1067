import Foundation
import StarlingBridge
import StarlingEnvironments
import Testing

/// Shared libraries that are compiled for the tests.
enum TestLibrary {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let examples = root.appending(path: "deploy/c/examples").path
    private static let fixtures = root.appending(path: "Tests/Fixtures/library").path

    static let folder: String = {
        let path = FileManager.default.temporaryDirectory.appending(path: "starling-libraries-\(getpid())").path
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: TestLibrary.folder) }
        return path
    }()

    /// Without one, tests of libraries say so and are skipped.
    static let hasCompilers = ["cc", "c++"].allSatisfy { (try? run($0, ["--version"])) != nil }
    static let corridor = try! compiled("\(examples)/corridor.c")
    static let cartpole = try! compiled("\(examples)/cartpole.c")
    static let lander = try! compiled("\(examples)/lander.cpp")
    static let warehouse = try! compiled("\(examples)/warehouse.c")
    static let faulty = try! compiled("\(fixtures)/faulty.c")
    static let hasRust = (try? run("rustc", ["--version"])) != nil
    static let lamp = try! compiled("\(examples)/switch.rs")

    /// - Parameters:
    ///   - flags: further ones of the compiler.
    ///   - name: of what comes of it.
    static func compiled(_ source: String, _ flags: [String] = [], name: String? = nil) throws -> String {
        let file = URL(filePath: source)
        let output = "\(folder)/lib\(name ?? file.deletingPathExtension().lastPathComponent).so"
        let include = root.appending(path: "deploy/c").path
        switch file.pathExtension {
        case "rs": try run("rustc", ["--edition", "2021", "-O", "--crate-type", "cdylib", "-o", output, source])
        case "cpp":
            try run("c++", ["-std=c++17", "-Wall", "-Werror", "-O3", "-shared", "-fPIC", "-I", include, "-o", output, source] + flags)
        default:
            try run(
                "cc", ["-std=gnu11", "-Wall", "-Werror", "-O3", "-shared", "-fPIC", "-I", include, "-o", output, source, "-lm"] + flags)
        }
        return output
    }

    static func faulty(_ flags: [String], name: String) throws -> String { try compiled("\(fixtures)/faulty.c", flags, name: name) }

    /// With the sanitizers of addresses and of what is undefined, as a program that steps it.
    static func driven(_ example: String, standard: [String] = []) throws -> String {
        let sanitizers = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I", root.appending(path: "deploy/c").path]
        let program = "\(folder)/\(example)-driver"
        let (own, driver) = ("\(program)-own.o", "\(program).o")
        try run(example.hasSuffix(".cpp") ? "c++" : "cc", standard + sanitizers + ["-c", "-o", own, "\(examples)/\(example)"])
        try run("cc", sanitizers + ["-c", "-o", driver, "\(fixtures)/driver.c"])
        try run("c++", sanitizers + ["-o", program, own, driver, "-lm"])
        return program
    }

    /// - Returns: what it wrote.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(program) \(arguments): \(text)") }
        return text
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}

/// The environment of a library with options.
struct Room {
    let lines = LoggedLines()
    let settings: LibrarySettings
    let entry: EnvironmentRegistry.Entry
    let options: EnvironmentOptions

    /// - Parameter isolated: in a process of its own.
    init(_ path: String, _ assignments: [String] = [], isolated: Bool = false) {
        var settings = LibrarySettings(name: "room", path: path, isolates: isolated, logger: lines.logger)
        settings.program = Self.program
        self.settings = settings
        entry = .library(settings)
        var options = EnvironmentOptions()
        for assignment in assignments { precondition(options.set(assignment: assignment), assignment) }
        self.options = options
    }

    /// One of ours beside the tests.
    private static var program: String {
        var folder = Bundle(for: Marker.self).bundleURL
        while !FileManager.default.isExecutableFile(atPath: folder.appending(path: "starling-actor").path), folder.path != "/" {
            folder = folder.deletingLastPathComponent()
        }
        return folder.appending(path: "starling-actor").path
    }

    private final class Marker {}

    func batches(groups: Int = 1, width: Int) throws -> [any EnvironmentBatch] {
        try entry.makeBatches(entry.spec(options), groups: groups, width: width)
    }
}
