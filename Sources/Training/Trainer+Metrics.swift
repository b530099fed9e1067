import StarlingCompute
public import StarlingMetrics

extension Metric {
    public static let totalLoss = Metric("total_loss", "1", "The weighted sum of all terms, which is minimised.")
    public static let gradientNorm = Metric("gradient_norm", "1", "Global norm of the gradient before clipping.")
    package static let encoderGradientOfRepresentation = Metric(
        "encoder_gradient_representation", "1", "Norm of the derivative by the encoder of what trains the latent, of a recent step.", .last)
    package static let encoderGradientOfPolicy = Metric(
        "encoder_gradient_policy", "1", "Norm of the derivative by the encoder of the losses of policy and value, of the same step.", .last)
    public static let learningRate = Metric("learning_rate", "1", "Step size of the optimiser now.", .last)
    public static let gradientSteps = Metric("gradient_steps", "1", "Steps of the optimiser per update.")
    public static let returnScale = Metric(
        "return_scale", "reward", "What rewards are divided by: the root of the returns' mean square so far.", .last)
    public static let dreamReturn = Metric(
        "dream_return", "reward", "Sum of the rewards of a dream, as far as an unroll is long: a mean over the dreams.")
    public static let realReturn = Metric(
        "real_return", "reward",
        "Sum of the rewards of as many steps of the newest batch, to the end of an episode: a mean over its columns.")
    public static let dreamDisagreement = Metric(
        "dream_disagreement", "1", "Deviation of the members' next latents from their mean, over the steps of the dreams.")
    public static let timeForward = Metric("time_forward", "1", "Forward passes.", .timeShare, in: .time)
    public static let timeTargets = Metric(
        "time_targets", "1", "Advantages, value targets, importance weights and minibatches.", .timeShare, in: .time)
    public static let timeBackward = Metric("time_backward", "1", "Backward passes.", .timeShare, in: .time)
    public static let timeOptimizer = Metric("time_optimizer", "1", "Clipping and optimiser.", .timeShare, in: .time)
}

extension TrainingDesign {
    /// What a trainer of it writes: its objectives' and the trainer's own, each once.
    public var metrics: [Metric] {
        var all = [Metric.totalLoss]
        for phase in phases { all += phase.objectives.flatMap(\.metrics) }
        all += scorers.flatMap(\.metrics)
        all += [.gradientSteps]
        for group in groups { all += [group.normMetric, group.rateMetric] }
        if phases.contains(where: { Set($0.objectives.map(\.trainsRepresentation)).count == 2 }) {
            all += [.encoderGradientOfRepresentation, .encoderGradientOfPolicy]
        }
        if phases.contains(where: \.isDreamt) { all += [.dreamReturn, .realReturn, .dreamDisagreement] }
        if normalizesReturns { all.append(.returnScale) }
        all += [.timeForward, .timeTargets, .timeBackward, .timeOptimizer]
        var names: Set<String> = []
        return all.filter { names.insert($0.name).inserted }
    }
}

extension TrainedGroup {
    /// Where all parameters are one group, without its name.
    fileprivate func metric(_ metric: Metric) -> Metric {
        guard group != .all else { return metric }
        return Metric("\(metric.name)_\(group.name)", metric.unit, "\(metric.meaning) Of \(group.name).", metric.kind, in: metric.group)
    }

    var normMetric: Metric { metric(.gradientNorm) }
    var rateMetric: Metric { metric(.learningRate) }
}
