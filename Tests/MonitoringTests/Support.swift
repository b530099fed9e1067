import Foundation
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingMetrics
import StarlingTraining
import StarlingTransport
import Testing

/// What the built-in algorithms and the learner declare.
let allMetrics = {
    let environment = EnvironmentSpec(name: "any", observation: ObservationSpec(shape: [2]), action: .discrete(2))
    var settings = SettingsByAlgorithm()
    settings[PPO.self].normalizesReturns = true
    settings[Generator.self].klWeight = 0.1
    (settings[Dehaze.self].adversaryCost, settings[Dehaze.self].conditionalCost) = (0.001, 1)
    func designs(_ representation: ModelSpec.Representation) -> [TrainingDesign] {
        let model = ModelSpec(
            encoder: .dense([4]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .relu, latentCount: 2,
            likelihood: .normal(variance: 1.0), representation: representation, observationScale: [])
        let context = TrainingContext(
            LatentPolicy(model: model, environment: environment),
            acting: ActingSpec(latentMode: .mean, unrollLength: 2, environmentsPerUnroll: 1), columnCount: 1, compute: .cpu())
        return AlgorithmRegistry.builtIn.entries.map { $0.design(context, settings) }
    }
    var names: Set<String> = []
    let all = (designs(.vae) + designs(.predict)).flatMap(\.metrics) + Learner.metrics + Learner.costMetrics
    return all.filter { names.insert($0.name).inserted }
}()

/// A report in which every metric has a value, and no two the same.
func fullReport() -> LearnerReport {
    var report = LearnerReport()
    (report.seconds, report.wallSeconds, report.secondsLeft) = (61, 62.5, 3723)
    report.time = 1_764_471_817.25
    (report.update, report.frames, report.frameLimit) = (320, 152_320, 500_000)
    report.version = ParameterVersion(generation: 27, update: 319)
    report.framesPerSecond = 104_233.4
    (report.episodes, report.meanReturn, report.goal) = (1204, 287.25, 475)
    report.metrics = MetricValues(of: allMetrics)
    report.metrics[.meanLength] = 288.75
    report.metrics[.totalLoss] = 0.5
    report.metrics[.policyGradientLoss] = -0.0123
    report.metrics[.valueLoss] = 12.5
    report.metrics[.entropy] = 0.58
    report.metrics[.costMultiplier] = 4.375
    report.metrics[.reconstructionLoss] = 2.25
    report.metrics[.klDivergence] = 3.5
    report.metrics[.elbo] = -5.75
    report.metrics[.vaeLoss] = 2.6
    report.metrics[.gradientNorm] = 1.75
    report.metrics[.learningRate] = 5e-4
    report.metrics[.gradientSteps] = 16
    report.metrics[.returnScale] = 37.5
    report.metrics[.dreamReturn] = 38.25
    report.metrics[.realReturn] = 39.125
    report.metrics[.dreamDisagreement] = 0.0205
    report.metrics[.clipFraction] = 0.0625
    report.metrics[.approximateDivergence] = 0.0075
    report.metrics[.actionValueLoss] = 0.0085
    report.metrics[.actionValue] = 71.25
    report.metrics[.temporalDifference] = 0.815
    (report.metrics[.criticLoss], report.metrics[.actorLoss], report.metrics[.temperatureLoss]) = (0.0065, -1.75, 0.0045)
    report.metrics[.temperature] = 0.185
    report.metrics[.plannedPolicyLoss] = 0.0195
    report.metrics[.klWeight] = 0.1
    // Of algorithms that train several groups of parameters.
    for (index, name) in [
        "gradient_norm_model", "learning_rate_model", "gradient_norm_heads", "learning_rate_heads",
        "gradient_norm_generator", "learning_rate_generator", "gradient_norm_discriminator", "learning_rate_discriminator",
    ].enumerated() {
        report.metrics[allMetrics.first { $0.name == name }!] = 81.5 + Double(index)
    }
    report.metrics[.activeUnits] = 7
    (report.metrics[.negativeLogLikelihood], report.metrics[.heldOutNegativeLogLikelihood]) = (6.15, 6.35)
    (report.metrics[.heldOutAccuracy], report.metrics[.heldOutRareAccuracy]) = (0.765, 0.345)
    (report.metrics[.discriminatorLoss], report.metrics[.discriminatorAccuracy]) = (0.655, 0.635)
    report.metrics[.adversarialReward] = 0.715
    (report.metrics[.dehazingError], report.metrics[.transmissionError]) = (0.0385, 0.0915)
    (report.metrics[.adversarialLoss], report.metrics[.conditionalLoss], report.metrics[.recognitionDivergence]) = (0.705, 0.485, 1.315)
    (report.metrics[.priorLogProbability], report.metrics[.priorDivergence]) = (-6.05, 0.0245)
    (report.metrics[.predictionLoss], report.metrics[.rewardPredictionLoss], report.metrics[.endingPredictionLoss]) = (0.62, 0.31, 0.055)
    (report.metrics[.encoderGradientOfRepresentation], report.metrics[.encoderGradientOfPolicy]) = (0.45, 1.35)
    (report.metrics[.observationExplained], report.metrics[.observationExplainedLeast]) = (0.97, 0.93)
    (report.metrics[.reconstructionRatio], report.metrics[.latentMisfit], report.metrics[.latentInformation]) = (28.5, 0.75, 2.875)
    report.metrics[.explainedVariance] = 0.875
    report.metrics[.importanceRatio] = 1.0625
    report.metrics[.maximumLogRatioAtLagZero] = 2e-6
    report.policyLag.mean = 1.25
    (report.policyLag.median, report.policyLag.percentile95, report.policyLag.maximum) = (1, 2, 5)
    (report.actorsAlive, report.queuedUnrolls, report.bytesReceived, report.bytesSent) = (4, 14, 1_000_001, 2_000_002)
    report.actorThreads = 137
    (report.pressure.window, report.pressure.bound, report.pressure.actorsWait, report.batchColumns) = (15, 160, 0.625, 48)
    report.pressure.isAtBound = true
    (report.actorsIdle, report.idleNames) = (41, "a, b, c")
    report.ledger.produced = 1000
    report.ledger.acknowledged = 970
    report.ledger.outbox = 17
    report.ledger.dropped = 8
    report.ledger.lostWithActor = 5
    report.ledger.trained = 919
    report.ledger.tooStale = 13
    report.ledger.invalid = 6
    report.ledger.abandoned = 11
    report.ledger.pending = 21
    report.ledger.duplicates = 9
    report.metrics[.timeWaiting] = 0.11
    report.metrics[.timeBatching] = 0.12
    report.metrics[.timeForward] = 0.21
    report.metrics[.timeTargets] = 0.015
    (report.actorTimes.stepping, report.actorTimes.inference) = (31_250_000_000, 32_250_000_000)
    (report.actorTimes.transport, report.actorTimes.waiting) = (33_250_000_000, 34_250_000_000)
    (report.actorTimes.evaluating, report.actorTimes.processor) = (35_250_000_000, 36_250_000_000)
    (report.actorTimes.faults.raised, report.actorTimes.faults.died) = (961, 962)
    (report.actorTimes.faults.hung, report.actorTimes.faults.invalid) = (963, 964)
    report.metrics[.timeBackward] = 0.41
    report.metrics[.timeOptimizer] = 0.14
    report.metrics[.timePublishing] = 0.01
    report.metrics[.timeCheckpointing] = 0.02
    report.metrics[.timeJudging] = 0.005
    report.evaluation = EvaluationSummary(
        EvaluationReport(identifier: 1, version: ParameterVersion(generation: 2, update: 300), returns: [490, 500, 492]))
    return report
}

func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "starling-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func object(_ json: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
}
