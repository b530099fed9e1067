import ArgumentParser
import Foundation
import StarlingBench
import StarlingCompute
import StarlingLearning

struct ComputeBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute",
        abstract: "Times training steps and acting of the reference models, beside the machine's product peak.")

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Option(help: "Kernels of training steps: timed or fixed.")
    var tuning = RunSettings.Train.Tuning.timed

    @Flag(help: .hidden)
    var serve = false

    func run(in program: Program) throws -> Int32 {
        guard !serve else { return try answer() }
        var settings = ComputeBench.Settings()
        settings.tuning = tuning == .timed ? .timed : .fixed
        let allocations = try AllocationProgram.counts(tuning)
        if allocations.isEmpty, !json {
            print("allocations are not counted: build starling-allocations beside this program")
        }
        let report = try ComputeBench(settings, allocations: allocations).run { if !json { print($0) } }
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self))
        }
        return 0
    }

    /// One answer a line, for scripts that time another library in turn.
    private func answer() throws -> Int32 {
        var server = ComputeServer(tuning: tuning == .timed ? .timed : .fixed)
        let output = FileHandle.standardOutput
        output.write(Data("ready\n".utf8))
        while let line = readLine() { output.write(Data((try server.answer(line) + "\n").utf8)) }
        return 0
    }
}

extension RunSettings.Train.Tuning: ExpressibleByArgument {}

/// The program that counts allocations, because it replaces the C library's functions and this one doesn't.
enum AllocationProgram {
    /// - Returns: nothing where there is no such program beside this one, or it says something else.
    static func counts(_ tuning: RunSettings.Train.Tuning) throws -> [AllocationEntry] {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("starling-allocations")
        guard FileManager.default.isExecutableFile(atPath: path.path) else { return [] }
        let process = Process(), pipe = Pipe()
        process.executableURL = path
        process.arguments = [tuning.rawValue]
        process.standardOutput = pipe
        try process.run()
        // Ends by itself, after two minutes at the latest.
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (try? JSONDecoder().decode([AllocationEntry].self, from: output)) ?? []
    }
}
