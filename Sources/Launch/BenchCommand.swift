import ArgumentParser
import Foundation
import StarlingBench

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures this machine.", subcommands: [ComputeBenchCommand.self, TransportBenchCommand.self])
}

struct ComputeBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute",
        abstract: "Times training steps and acting of the reference models, beside the machine's product peak.")

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Flag(help: .hidden)
    var serve = false

    func run(in program: Program) throws -> Int32 {
        guard !serve else { return try answer() }
        let report = try ComputeBench().run { if !json { print($0) } }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
        return 0
    }

    /// One answer a line, for scripts that time another library in turn.
    private func answer() throws -> Int32 {
        var server = ComputeServer()
        let output = FileHandle.standardOutput
        output.write(Data("ready\n".utf8))
        while let line = readLine() { output.write(Data((try server.answer(line) + "\n").utf8)) }
        return 0
    }
}
