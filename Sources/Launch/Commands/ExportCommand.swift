import ArgumentParser
import Foundation
import StarlingExperience
import StarlingExport
import StarlingLaunchActor
import StarlingLearning
import StarlingSafetensors
import StarlingStorage
import StarlingThreads

struct ExportCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a run's policy for programs that aren't Starling: as ONNX, as PyTorch.",
        discussion: """
            Takes the run's final checkpoint where there is one, else the newest good one. What is written takes a batch of observations as \
            the environment gives them and tells the greedy action, what it was chosen by, and the latent; scales, normalisation, masks, \
            stacks of frames and a recurrent state are part of it. Python needs neither: deploy/python/starling_policy.py reads a run.
              \(Build.program) export runs/cartpole-1 --onnx cartpole.onnx
              \(Build.program) export runs/cartpole-1 --torch cartpole.py      (and cartpole.safetensors beside it)
            """)

    @Argument(help: "A run directory.")
    var run: String

    @Option(help: ArgumentHelp("Write an ONNX file.", valueName: "file"))
    var onnx: String?

    @Option(help: ArgumentHelp("Write a PyTorch module, and its numbers as safetensors beside it.", valueName: "file.py"))
    var torch: String?

    @Flag(help: "The encoder and the decoder too: of FILE.onnx as FILE.encoder.onnx and FILE.decoder.onnx, of PyTorch as methods.")
    var vae = false

    @OptionGroup var python: PythonOptions

    func validate() throws {
        guard onnx != nil || torch != nil else { throw ValidationError("say what to write: --onnx FILE, --torch FILE.py, or both.") }
        if let torch, !torch.hasSuffix(".py") || torch.hasSuffix("/.py") {
            throw ValidationError("--torch writes a module of Python, whose name ends in .py, not \(torch).")
        }
    }

    func run(in program: Program) throws -> Int32 {
        for path in [onnx, torch].compactMap(\.self) { try OutputFile.check(path) }
        let stop = StopSignal.watch()
        defer { stop.close() }
        let (settings, place, stored, _) = try StoredPolicy.open(run, in: nil, program, python, stop)
        let paths = RunPaths(run)
        var policy = try PortablePolicy(of: settings, place, recipe: StoredConfiguration.recipe(paths) ?? "")
        policy.about["checkpoint"] = "\(stored.version)"
        policy.about["digest"] = stored.digest
        policy.about["starling"] = Build.description
        if settings.planning.method != .none {
            Program.complain("note: actors of this run plan; what is exported is the policy head that plans begin with")
        }
        if vae, policy.decoder == nil { Program.complain("note: this model has no decoder; the encoder is written without it") }
        if let onnx { try write(policy, stored.parameters, onnx: onnx) }
        if let torch { try write(policy, stored.parameters, torch: torch) }
        return 0
    }

    private func write(_ policy: PortablePolicy, _ parameters: [NamedArray], onnx path: String) throws {
        var models = [(path, policy.acting)]
        if vae {
            let stem = path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path
            models.append((stem + ".encoder.onnx", policy.encoder))
            if let decoder = policy.decoder { models.append((stem + ".decoder.onnx", decoder)) }
        }
        for (path, model) in models {
            let name = policy.about["environment"] ?? "policy"
            let file = try ONNXFile.bytes(model, name: name, parameters: parameters, about: policy.words)
            try save(file, path, "\(Self.list(model.inputs.map(\.name))) → \(Self.list(model.outputs.map(\.name)))")
        }
    }

    private func write(_ policy: PortablePolicy, _ parameters: [NamedArray], torch path: String) throws {
        let weights = String(path.dropLast(3)) + ".safetensors"
        let models = [policy.acting] + (vae ? [policy.encoder, policy.decoder].compactMap(\.self) : [])
        let arrays = try PortableModel.parameters(of: models, in: parameters)
        let name = URL(filePath: weights).lastPathComponent
        let text = TorchFile.text(policy, weights: name, withAutoencoder: vae)
        try save(SafetensorsFile(arrays, metadata: policy.words).encoded(), weights, "\(arrays.count) arrays")
        try save(Array(text.utf8), path, "class Policy(torch.nn.Module), which reads \(name) beside it")
    }

    private func save(_ bytes: [UInt8], _ path: String, _ what: String) throws {
        print("\(try OutputFile.write(bytes, to: path)): \(what)")
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
