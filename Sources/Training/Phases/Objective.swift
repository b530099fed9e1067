public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics

/// One loss, a file each: it grows its terms on the graph and writes its late targets on the host. The only place that looks at a
/// reward.
///
/// It is a value without state: what it declared on a pass it finds again by the name of the column. Calls come in this order,
/// for each batch: `setScalars`, `writeTargets`, `wantsStep` once, then for each step of the optimiser `adjustTargets` and `finish`.
public protocol Objective: Sendable {
    /// What it writes of a step, besides its terms.
    var metrics: [Metric] { get }
    /// What `writeTargets` reads of the model.
    var needs: [RowOutput] { get }

    /// Whether it is there for the latent, and not for what the policy does with it.
    var trainsRepresentation: Bool { get }

    /// Declares modules of its own, which the model's spec doesn't have, in every graph. The model's heads for it:
    /// ``LatentPolicy/head(_:from:hidden:output:gain:)``.
    func declare(_ g: inout Graph, _ policy: LatentPolicy)
    /// Grows its terms. Parameters that aren't the model's must have been declared.
    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term]
    /// Sets what changes in the course of a run: weights that follow a schedule.
    func setScalars(_ step: StepAccess)
    /// Computes the targets of a whole batch, `[T+1, B]`, from its rewards and what the model says of it.
    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample)
    /// Whether it wants the step at all; a phase without minibatches makes it only where all of its objectives do. Always, unless it says
    /// otherwise.
    func wantsStep(_ step: StepAccess, _ metrics: inout MetricSample) -> Bool
    /// Last touch to the targets of the rows that a step of the optimiser is made on: the batch's, or a minibatch's.
    func adjustTargets(_ step: StepAccess)
    /// Writes what it can tell of the step that was made.
    func finish(_ step: StepAccess, _ metrics: inout MetricSample)
    /// Writes what would cost too much at every step: asked for a few times a second, of the last batch.
    func measure(_ step: StepAccess, _ metrics: inout MetricSample)
}

extension Objective {
    public var metrics: [Metric] { [] }
    public var needs: [RowOutput] { [] }
    public var trainsRepresentation: Bool { false }
    public func declare(_ g: inout Graph, _ policy: LatentPolicy) {}
    public func setScalars(_ step: StepAccess) {}
    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {}
    public func wantsStep(_ step: StepAccess, _ metrics: inout MetricSample) -> Bool { true }
    public func adjustTargets(_ step: StepAccess) {}
    public func finish(_ step: StepAccess, _ metrics: inout MetricSample) {}
    public func measure(_ step: StepAccess, _ metrics: inout MetricSample) {}
}

/// One number of an objective: a part of the loss, or something to be told of it.
public struct Term: Sendable {
    /// What it is called; nil: nowhere.
    public let metric: Metric?
    /// The number.
    public let node: Node
    /// In the loss; nil: it is only told.
    public let weight: Float?

    /// A part of the loss.
    public init(_ metric: Metric?, _ node: Node, weight: Float) { (self.metric, self.node, self.weight) = (metric, node, weight) }

    /// What is only told.
    public static func told(_ metric: Metric, _ node: Node) -> Term { Term(metric, node) }

    private init(_ metric: Metric, _ node: Node) { (self.metric, self.node, weight) = (metric, node, nil) }
}

/// What the model says of every row, or of all together, read by the host after the forward stage.
public struct RowOutput: Hashable, Sendable {
    /// What tells it from others.
    public let name: String

    public init(_ name: String) { self.name = name }

    /// V(z).
    public static let value = RowOutput("value")
    /// log π(a|z) of the action that was taken.
    public static let logProbability = RowOutput("logProbability")
    /// The mean of q(z|o), `[rows, Z]`.
    public static let latentMean = RowOutput("mean")
    /// Weighted mean over the rows of what a learned σ² of p(o|z) follows: `[D]` of a vector, `[1]` of an image.
    static func squaredError(_ branch: ModelBranch) -> RowOutput { RowOutput("squaredError\(branch.suffix)") }
    /// Weighted means over the rows of the scaled observation, or part of it, and of its squares, `[D]` each.
    static func observationFirstMoment(_ branch: ModelBranch) -> RowOutput { RowOutput("observationFirstMoment\(branch.suffix)") }
    static func observationSecondMoment(_ branch: ModelBranch) -> RowOutput { RowOutput("observationSecondMoment\(branch.suffix)") }
    /// Weighted means over the rows of μ and of μ² + σ², `[Z]` each: moments of what the encoder gives.
    static let latentFirstMoment = RowOutput("latentFirstMoment")
    static let latentSecondMoment = RowOutput("latentSecondMoment")
}

/// Numbers of every row that the host writes between the stages, so that no gradient flows into them.
public struct TargetColumn: Hashable, Sendable {
    /// What tells it from others.
    public let name: String
    /// Numbers of a row.
    public let width: Int

    public init(_ name: String, width: Int = 1) { (self.name, self.width) = (name, width) }

    /// A, by which the policy's gradient is weighted.
    public static let advantage = TargetColumn("advantage")
    /// What V follows.
    public static let valueTarget = TargetColumn("valueTarget")
    /// log π(a|z) as it was when the batch was complete.
    public static let proximalLogProbability = TargetColumn("proximal")
}

/// A number that the host sets before a step.
public struct ScalarInput: Hashable, Sendable {
    /// What tells it from others.
    public let name: String

    public init(_ name: String) { self.name = name }

    /// β, the weight of the KL term.
    public static let klWeight = ScalarInput("klWeight")
}

/// A loss or gradient that is not a number: nothing of the batch was applied.
public struct NotFinite: Error, CustomStringConvertible {
    /// The term, in the words of its metric.
    public let term: String
    /// Infinite, or no number.
    public let value: Float

    public init(term: String, value: Float) {
        self.term = term
        self.value = value
    }

    public var description: String { "\(term) is \(value.isNaN ? "NaN" : "\(value)")" }
}

extension ModelBranch {
    /// Behind names that are of one part: nothing where there is one.
    fileprivate var suffix: String { name.map { ".\($0)" } ?? "" }
}
