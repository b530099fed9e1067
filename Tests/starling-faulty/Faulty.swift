import StarlingAlgorithms
import StarlingLaunch

/// An environment that gives no number from its third step on: where its name says.
struct Faulty: Environment {
    let field: String
    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(field == "actions" ? 0 : 2) }
    private var step = 0

    init(_ field: String) { self.field = field }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        step = 0
        write(&observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        step += 1
        write(&observation)
        return StepResult(reward: field == "reward" && step > 2 ? -.nan : 1, ending: step == 10 ? .terminated : .none)
    }

    private func write(_ observation: inout MutableSpan<Float>) {
        (observation[0], observation[1]) = (Float(step) / 10, field == "observation" && step > 2 ? .nan : 0)
    }
}

/// Algorithms of A2C's loss and one mistake each.
protocol FaultyAlgorithm: Algorithm { func change(_ design: inout TrainingDesign, _ context: TrainingContext) }

extension FaultyAlgorithm {
    static var summary: String { "has a fault" }
    static var keys: KeyTable<Self> { KeyTable([]) }

    func design(_ context: TrainingContext) -> TrainingDesign {
        var design = A2C().design(context)
        change(&design, context)
        return design
    }
}

/// A loss of NaN, whatever it is given.
struct BrokenLoss: FaultyAlgorithm {
    struct Loss: Objective {
        static let loss = Metric("own_loss", "1", "NaN.")
        var metrics: [Metric] { [Self.loss] }

        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
            [Term(Self.loss, g.log(g.scale(pass.mean(&g, g.square(pass.value(&g))), -1)), weight: 1)]
        }
    }

    static let name = "broken-loss"
    func change(_ design: inout TrainingDesign, _ context: TrainingContext) { design.phases[0].objectives.append(Loss()) }
}

/// A number per row where one number is wanted, of a row a feature.
struct MixedShapes: FaultyAlgorithm {
    struct Difference: Objective {
        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
            let error = g.subtract(g.slice(pass.posterior.mean, features: 0..<1), pass.value(&g))
            return [Term(nil, pass.mean(&g, error), weight: 1)]
        }
    }

    static let name = "mixed-shapes"
    func change(_ design: inout TrainingDesign, _ context: TrainingContext) { design.phases[0].objectives.append(Difference()) }
}

/// A head that has the name of one of the model's.
struct TakenHead: FaultyAlgorithm {
    static let name = "taken-head"
    struct Head: Objective {
        func declare(_ g: inout Graph, _ policy: LatentPolicy) { policy.head("value", hidden: [], output: 1).declare(&g) }
        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] { [] }
    }
    func change(_ design: inout TrainingDesign, _ context: TrainingContext) { design.phases[0].objectives.append(Head()) }
}

/// A default that its key doesn't allow.
struct BadDefault: Algorithm {
    var rate: Float = 2
    static let name = "bad-default"
    static let summary = "has a fault"
    static let keys = KeyTable<Self>([.number("rate", \.rate, in: 0...1, "A rate.")])

    /// Of losses that ship, which a package can make.
    func design(_ context: TrainingContext) -> TrainingDesign {
        let a2c = A2CLoss(discount: 0.99, lambda: 1, valueCost: 0.5, entropyCost: 0)
        let vtrace = VTraceLoss(targets: VTraceTargets.Settings(discount: 0.99), valueCost: 0.5, entropyCost: 0)
        let ppo = PPOLoss(
            discount: 0.99, lambda: 0.95, clip: 0.2, rhoClip: 1, valueCost: 0.5, entropyCost: 0, normalizesAdvantages: true)
        let losses: [any Objective] = [a2c, vtrace, ppo]
        return TrainingDesign(losses.map { Phase(context.representation + [$0]) }, context)
    }
}

/// A key twice.
struct KeyTwice: Algorithm {
    var rate: Float = 1
    static let name = "key-twice"
    static let summary = "has a fault"
    static let keys = KeyTable<Self>([.number("rate", \.rate, in: 0...1, "A rate."), .number("rate", \.rate, in: 0...1, "A rate.")])
    func design(_ context: TrainingContext) -> TrainingDesign { A2C().design(context) }
}

struct NamedModel: FaultyAlgorithm {
    static let name = "model"
    func change(_ design: inout TrainingDesign, _ context: TrainingContext) {}
}

struct NamedInWords: FaultyAlgorithm {
    static let name = "my algorithm"
    func change(_ design: inout TrainingDesign, _ context: TrainingContext) {}
}
