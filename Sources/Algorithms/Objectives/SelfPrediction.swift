public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// What trains the latent by its own future, without a decoder or beside one: from z, the mean of q(z|o), and the actions that were
/// taken it tells the latents of the next H steps, the reward and whether the episode terminates at each,
/// `λ·Σ_k [‖ẑ_{t+k} − sg z⁻_{t+k}‖²/Z + 0.1·(r̂ − symlog r)² + 0.1·BCE]`
/// with `ẑ_{t+k} = ẑ_{t+k−1} + f(ẑ_{t+k−1}, a_{t+k−1})`, ẑ_t = z (Fujimoto et al. 2025, "Towards general-purpose model-free
/// reinforcement learning", eq. 14, whose reward is a distribution over 65 bins). z⁻ is the encoder's of the target bank.
///
/// Of categorical latents the first term is the cross-entropy −Σ_c z⁻_c·log ẑ_c, a mean over the variables.
///
/// Steps that an unroll, or an episode, no longer has are left out.
public struct SelfPrediction: Objective {
    private let dynamics: LatentDynamics
    private let cost: Float
    private let steps: Int
    private let latentCount: Int
    private let actionCount: Int

    /// By step looked ahead, `[rows, H·…]`.
    private let actions: TargetColumn
    private let latents: TargetColumn
    private let rewards: TargetColumn
    private let endings: TargetColumn
    /// 1 where there is a latent to tell, and where there is a reward.
    private let latentMask: TargetColumn
    private let rewardMask: TargetColumn

    private static let targetLatent = RowOutput("targetLatent")
    /// Weight of reward and ending beside the latents.
    private let side: Float

    /// The loss of predictions that a recipe's section `latent` describes.
    public init(_ context: TrainingContext) {
        side = context.latent.predictionEndingCost
        dynamics = context.dynamics
        (cost, steps) = (context.latent.predictionCost, context.latent.predictionSteps)
        (latentCount, actionCount) = (dynamics.latentCount, dynamics.actionCount)
        actions = TargetColumn("predict.actions", width: steps * actionCount)
        latents = TargetColumn("predict.latents", width: steps * latentCount)
        rewards = TargetColumn("predict.rewards", width: steps)
        endings = TargetColumn("predict.endings", width: steps)
        latentMask = TargetColumn("predict.latentMask", width: steps)
        rewardMask = TargetColumn("predict.rewardMask", width: steps)
    }

    public var metrics: [Metric] { [.predictionLoss, .rewardPredictionLoss, .endingPredictionLoss] }
    public var trainsRepresentation: Bool { true }

    public func declare(_ g: inout Graph, _ policy: LatentPolicy) { dynamics.declare(&g) }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let (policy, observation) = (pass.policy, pass.successors.observation)
        pass.output(&g, Self.targetLatent, g.reading(from: .target) { policy.mean(&$0, observation) })
        let (actions, latents) = (pass.target(&g, actions), pass.target(&g, latents))
        let (rewards, endings) = (pass.target(&g, rewards), pass.target(&g, endings))
        let (latentMask, rewardMask) = (pass.target(&g, latentMask), pass.target(&g, rewardMask))

        /// The numbers of a column for one step ahead, `[rows, width]`. A column of one number has no dimension of its own.
        func features(_ g: inout Graph, _ column: Node, _ step: Int, _ width: Int) -> Node {
            g.slice(g.reshape(column, [column.shape.width]), features: step * width..<(step + 1) * width)
        }
        /// Number `step` of a column, `[rows]`.
        func number(_ g: inout Graph, _ column: Node, _ step: Int) -> Node {
            g.feature(g.reshape(column, [column.shape.width]), step)
        }

        var (sums, chances): (Errors?, Node?) = (nil, nil)
        for member in 0..<dynamics.memberCount {
            var state = pass.state
            for step in 0..<steps {
                let outcomes = dynamics.step(&g, state, features(&g, actions, step, actionCount), member: member)
                let hasReward = number(&g, rewardMask, step)
                let errors = outcomes.each.map { told in
                    let latent = distance(&g, told, features(&g, latents, step, latentCount))
                    // −log p = softplus(y) − e·y for the logit y.
                    let entropy = g.subtract(g.softplus(told.ending), g.multiply(told.ending, number(&g, endings, step)))
                    return Errors(
                        latent: g.multiply(latent, number(&g, latentMask, step)),
                        reward: g.multiply(g.square(g.subtract(told.reward, number(&g, rewards, step))), hasReward),
                        ending: g.multiply(entropy, hasReward))
                }
                var error = errors[0]
                state = outcomes.each[0].state
                if let logProbabilities = outcomes.logProbabilities {
                    let mixture = Mixture(&g, errors, logProbabilities, side: side, temperature: temperature)
                    (error, state) = (mixture.mean(&g, errors), mixture.mean(&g, outcomes.each.map(\.state)))
                    let chance = g.multiply(mixture.loss, hasReward)
                    chances = chances.map { g.add($0, chance) } ?? chance
                }
                sums =
                    sums.map {
                        Errors(
                            latent: g.add($0.latent, error.latent), reward: g.add($0.reward, error.reward),
                            ending: g.add($0.ending, error.ending))
                    } ?? error
            }
        }
        guard let sums else { return [] }
        let share = cost / Float(dynamics.memberCount)
        let side = share * side
        if let chances {
            // Each by itself is told; their likelihood together is learned.
            return [
                .told(.predictionLoss, pass.mean(&g, sums.latent)), .told(.rewardPredictionLoss, pass.mean(&g, sums.reward)),
                .told(.endingPredictionLoss, pass.mean(&g, sums.ending)), Term(nil, pass.mean(&g, chances), weight: share),
            ]
        }
        return [
            Term(.predictionLoss, pass.mean(&g, sums.latent), weight: share),
            Term(.rewardPredictionLoss, pass.mean(&g, sums.reward), weight: side),
            Term(.endingPredictionLoss, pass.mean(&g, sums.ending), weight: side),
        ]
    }

    /// How far a latent that is told is from what it should be, `[rows]`.
    private func distance(_ g: inout Graph, _ told: LatentDynamics.Prediction, _ latent: Node) -> Node {
        guard let logProbabilities = told.logProbabilities, let variables = dynamics.variableCount else {
            return g.scale(g.sum(g.square(g.subtract(told.latent, latent)), over: .features), 1 / Float(latentCount))
        }
        return g.scale(g.sum(g.multiply(latent, logProbabilities), over: .features), -1 / Float(variables))
    }

    /// Of the mixture: of numbers an error that makes an outcome e times less likely, chosen; of categorical variables the one by which
    /// the mixture's loss is their likelihood.
    private var temperature: Float { dynamics.variableCount.map { 1 / Float($0) } ?? 0.05 }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let batch = step.batch
        let target = step.read(Self.targetLatent)
        let (actions, latents) = (step.target(actions), step.target(latents))
        let (rewards, endings) = (step.target(rewards), step.target(endings))
        let (latentMask, rewardMask) = (step.target(latentMask), step.target(rewardMask))
        for values in [actions, latents, rewards, endings, latentMask, rewardMask] { values.update(repeating: 0) }
        for row in batch.kinds.indices where batch.kinds[row] != StepKind.reset.rawValue {
            for ahead in 0..<steps {
                let then = row + ahead * step.columnCount
                // Behind the unroll, or what is left of an episode that ended.
                guard then < batch.kinds.count, batch.kinds[then] != StepKind.reset.rawValue else { break }
                let place = row * steps + ahead
                dynamics.describe(batch, then, into: actions.baseAddress! + place * actionCount)
                rewardMask[place] = 1
                rewards[place] = LatentDynamics.symlog(batch.rewards[then])
                guard batch.kinds[then] != StepKind.terminated.rawValue else {
                    endings[place] = 1
                    break
                }
                latentMask[place] = 1
                let next = step.successor(then) * latentCount
                for index in 0..<latentCount { latents[place * latentCount + index] = target[next + index] }
            }
        }
    }
}

extension Metric {
    public static let predictionLoss = Metric(
        "prediction_loss", "1",
        "Squared error of the latents of the next steps, of categorical ones their cross-entropy; a mean over the latents, summed over the steps.",
        cell: Cell("prediction", plain: "prediction"))
    public static let rewardPredictionLoss = Metric(
        "reward_prediction_loss", "1", "Squared error of the rewards, as symlog r, of the next steps, summed over these.")
    public static let endingPredictionLoss = Metric(
        "ending_prediction_loss", "nat", "Cross-entropy of whether the episode terminates at each of the next steps, summed over these.")
}
