import ArgumentParser
import Foundation
import StarlingAlgorithms
import StarlingBench
import StarlingConfiguration
import StarlingLearning
import StarlingSafetensors
import StarlingTraining

struct AutoencoderBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoencoder",
        abstract: "Trains the autoencoder alone on a file of observations and tells its ELBO on others.",
        discussion: """
            DATA is a safetensors file with the arrays train.observations and test.observations, [N, …] of bytes or \
            floats; `scripts/digits` writes two. The default model has a hidden layer of 64 and 8 latents, for binary \
            scalars; --set takes the keys of recipes that begin with model., latent. and optimizer.
            """)

    @Argument(help: "A safetensors file.")
    var data: String

    @Option(help: "Learning rate of the first update.")
    var rate: Float = 1e-3

    @Option(help: "What becomes of it: constant; linear or cosine: it falls to 0.")
    var schedule = Schedule.constant

    @Option(help: "Steps of the optimiser.")
    var updates = 600

    @Option(help: "Rows of each; every row is in one batch before any is in a second.")
    var batch = 64

    @Option(help: "Trainings, from seeds 1, 2 and so on.")
    var seeds = 5

    @Option(name: .customLong("set"), help: ArgumentHelp("Set a key of model, latent or optimizer.", valueName: "key=value"))
    var assignments: [String] = []

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    enum Schedule: String, ExpressibleByArgument, CaseIterable { case constant, linear, cosine }

    func validate() throws {
        guard rate.isFinite, (0...10).contains(rate) else { throw ValidationError("--rate takes 0 to 10, not \(rate).") }
        guard (1...100_000_000).contains(updates) else { throw ValidationError("--updates takes 1 to 100000000, not \(updates).") }
        guard (1...4096).contains(batch) else { throw ValidationError("--batch takes 1 to 4096, not \(batch).") }
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds takes 1 to 1000, not \(seeds).") }
        for assignment in assignments where !["model.", "latent.", "optimizer."].contains(where: assignment.hasPrefix) {
            throw ValidationError("--set takes keys of model, latent and optimizer here, not '\(assignment)'.")
        }
    }

    func run(in program: Program) throws -> Int32 {
        let (training, test) = try dataSets()
        let settings = try settings(for: training)
        var bench = AutoencoderBench.Settings(model: settings.modelSpec, latent: settings.latent, optimizer: settings.optimizer)
        (bench.batch, bench.updates, bench.seeds) = (batch, updates, seeds)
        let report = try AutoencoderBench(bench, training: training, test: test).run { if !json { print($0.line) } }
        print(json ? String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self) : report.line)
        return 0
    }

    private func dataSets() throws -> (training: DataSet, test: DataSet) {
        let file = try SafetensorsFile(reading: data)
        do {
            let (training, test) = (try DataSet("train", of: file), try DataSet("test", of: file))
            guard training.observation == test.observation else {
                throw CommandError("train has observations \(training.observation), test \(test.observation)")
            }
            return (training, test)
        } catch {
            throw CommandError("\(data) is no data set: \(error)")
        }
    }

    /// What is measured, unless `--set` says otherwise.
    private func settings(for data: DataSet) throws -> RunSettings {
        var settings = RunSettings()
        settings.model.encoder = [64]
        settings.model.latentCount = 8
        settings.model.activation = .relu
        settings.model.likelihood = .bernoulli
        settings.latent.vaeCost = 1
        settings.latent.klWeight = 1
        settings.latent.klWarmup = 0
        (settings.optimizer.learningRate, settings.optimizer.clipNorm) = (rate, 40)
        settings.optimizer.horizon = UInt64(updates) * UInt64(batch)
        settings.optimizer.schedule = schedule == .cosine ? .cosine : .linear
        settings.optimizer.finalShare = schedule == .constant ? 1 : 0
        try settings.apply(assignments: assignments)
        try settings.check(environment: data.environment)
        guard settings.latent.representation.hasDecoder, settings.model.frameStack == 1, settings.latent.replayShare == 0 else {
            throw CommandError("a data set needs latent.representation vae or rae, model.frame_stack 1 and latent.vae_replay 0")
        }
        let (range, scale) = (data.range, settings.model.observationScale)
        if settings.model.likelihood != .normal, scale.count <= 1, range.lowerBound < 0 || range.upperBound / (scale.first ?? 1) > 1 {
            throw CommandError(
                "model.likelihood is of observations in 0…1, and these are \(range.lowerBound) to \(range.upperBound): divide them by "
                    + "--set model.observation_scale, or take --set model.likelihood=normal")
        }
        return settings
    }
}
