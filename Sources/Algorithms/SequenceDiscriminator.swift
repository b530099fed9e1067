public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingTraining

/// What tells whether a sequence is one of a data set, a module of its own: embeddings of the tokens, a GRU over them, and a head on its
/// state. So there is a logit for every prefix, and that of the last token is the whole sequence's.
public struct SequenceDiscriminator: Sendable {
    /// What its parameters' names begin with.
    public static let module = "discriminator"

    private let tokens: Int
    private let width: Int
    private let head: ModelPart

    /// - Parameter width: of the embeddings, of the state and of the head's hidden layer.
    public init(_ policy: LatentPolicy, width: Int) {
        (tokens, self.width) = (policy.environment.action.parameterCount, width)
        head = policy.head(Self.module, from: width, hidden: [width], output: 1, gain: 0.01)
    }

    /// Declares its parameters in a graph.
    public func declare(_ g: inout Graph) {
        _ = parameters(&g)
        head.declare(&g)
    }

    /// The table `[V, E]`, and the GRU's four.
    private func parameters(_ g: inout Graph) -> [Node] {
        let bound = Initializer.uniform(bound: 1 / Float(width).squareRoot())
        return [
            g.parameter("\(Self.module).embedding.weight", [tokens, width], .normal(deviation: 0.1)),
            g.parameter("\(Self.module).weight_ih_l0", [3 * width, width], bound),
            g.parameter("\(Self.module).weight_hh_l0", [3 * width, width], bound),
            g.parameter("\(Self.module).bias_ih_l0", [3 * width], bound), g.parameter("\(Self.module).bias_hh_l0", [3 * width], bound),
        ]
    }

    /// The logit that what was written up to a row, its action included, is of the data, `[rows]`. Sequences begin where episodes do.
    public func logits(_ g: inout Graph, _ pass: ModelPass) -> Node {
        guard case .discrete(let actions) = pass.ports.action, let core = pass.ports.core, let steps = pass.order.steps else {
            fatalError("a discriminator reads the tokens of sequences, of a policy with a core")
        }
        let p = parameters(&g)
        let states = g.gru(
            g.lookup(actions, table: p[0]), initial: g.constant(0, .perRow(.columns, width)), reset: core.reset.node, inputWeight: p[1],
            hiddenWeight: p[2], inputBias: p[3], hiddenBias: p[4], steps: steps)
        return g.sum(head(&g, states), over: .features)
    }
}

extension TrainedGroup {
    /// The parameters of a discriminator, of whatever it judges: moved as the run's others are, at a rate of their own that stays.
    static func discriminator(_ context: TrainingContext, rate: Float) -> TrainedGroup {
        var optimizer = context.optimizer
        (optimizer.learningRate, optimizer.finalShare) = (rate, 1)
        return TrainedGroup(.discriminator, optimizer)
    }
}

extension ParameterGroup {
    /// The parameters of a discriminator, of whatever it judges.
    public static let discriminator = ParameterGroup("discriminator", modules: [SequenceDiscriminator.module])
}
