import StarlingConfiguration
import StarlingExperience
import StarlingTraining

/// What PQN, SARSA and Expected SARSA share: Q learned from fresh unrolls by λ-returns, without replay and without a target.
struct QLambda {
    let bootstrap: ActionValueLoss.Bootstrap
    let settings: Settings

    /// One set for all three.
    struct Settings: Hashable, Sendable {
        var discount: Float = 0.99
        var lambda: Float = 0.65
        var isDueling = false
        var huber: Float = 1
        var epochs = 2
        var minibatchRows = 128
        var exploration = Exploration()
        var rewardScale: Float = 1

        var values: ActionValues { ActionValues(isDueling: isDueling) }

        static let keys =
            KeyTable<Self>([
                .number("discount", \.discount, in: 0...1, "γ."),
                .number("lambda", \.lambda, in: 0...1, "λ of the returns: 0 trusts the next step's Q alone."),
                .boolean("dueling", \.isDueling, "Whether Q is V(z) + A(z, a) − mean A, V the value head's."),
                .number("huber", \.huber, in: 1e-6...1e9, "κ: |δ| beyond which the loss is linear; large for the squared error."),
                .integer("epochs", \.epochs, in: 1...1000, "Times that each batch is gone over."),
                .integer("minibatch_rows", \.minibatchRows, in: 2...1_000_000, "Steps of a minibatch at most."),
                .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
            ]) + Exploration.keys.inside(\.exploration)
    }

    func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = ActionValueLoss(
            values: settings.values, bootstrap: bootstrap, discount: settings.discount,
            lambda: settings.lambda, usesTarget: false, huber: settings.huber, exploration: settings.exploration)
        let rows = min(settings.minibatchRows, context.stepCount)
        var design = TrainingDesign(
            [Phase(context.representation + [loss], from: .minibatches(rows: rows, epochs: settings.epochs))], context)
        design.rewardScale = settings.rewardScale
        let exploration = settings.exploration
        design.actingScalars = { exploration.scalars($0, $1) }
        return design
    }
}
