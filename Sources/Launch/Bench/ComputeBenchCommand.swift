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
        try settings.chooseKernels()
        var allocations: [AllocationEntry] = []
        switch try AllocationProgram.count(with: settings.tuning) {
        case .counted(let entries): allocations = entries
        case .absent(let path): Program.complain("allocations are not counted: there is no \(path); build starling-allocations")
        case .failed(let how): Program.complain("allocations are not counted: starling-allocations \(how)")
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
