@_exported public import StarlingExperience

/// A task to act in. This is all that a task of your own has to implement:
///
/// ```swift
/// struct Corridor: Environment {
///     let observationShape = [1]
///     let action = ActionSpec.discrete(2)
///     var place = 0
///
///     mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
///         place = 0
///         observation[0] = 0
///     }
///
///     mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
///         place += action == 1 ? 1 : -1
///         observation[0] = Float(place)
///         return place == 5 ? StepResult(reward: 1, ending: .terminated) : StepResult(reward: -0.1)
///     }
/// }
/// ```
///
/// The observation is written straight into the memory that is sent to the learner, so an environment returns no
/// array. Each call must write the whole observation: what was there before is arbitrary.
///
/// Actions that are numbers, not choices: see `ContinuousEnvironment`. Several choices at once: see `MultiDiscreteEnvironment`.
/// Observations of several arrays: see `MultipartObservation`.
///
/// An environment is stepped by one thread and need not be `Sendable`. Same seed and same actions must give the
/// same episode; take random numbers from a `SeededGenerator` made from the seed.
public protocol Environment: EnvironmentCore {
    /// Takes one step and writes the observation after it, the final one of an episode included.
    /// After an ending other than `.none`, `reset` comes next.
    /// - Parameter action: below the count of `action`, which is `.discrete`; nothing else ever gets here.
    mutating func step(_ action: Int, into observation: inout MutableSpan<Scalar>) -> StepResult
}

/// What environments with all kinds of actions have in common; conform to `Environment`, `MultiDiscreteEnvironment` or
/// `ContinuousEnvironment`, which add `step`.
public protocol EnvironmentCore: SendableMetatype {
    /// `Float` or `UInt8`; follows from the signatures of `reset` and `step`.
    associatedtype Scalar: ObservationScalar

    /// Dimensions of one observation: `[4]` for a vector, `[C, H, W]` for an image. The same for every instance
    /// of a registry entry, and for its whole life.
    var observationShape: [Int] { get }

    /// The same with the scalar; of several arrays see `MultipartObservation`, which has this for you.
    var observationSpec: ObservationSpec { get }

    /// What may be done. The same for every instance of a registry entry, and for its whole life.
    var action: ActionSpec { get }

    /// Largest magnitude of any number of an observation, and of any reward. The default, 10⁹, is for everything that a
    /// network learns from as it is; experience beyond is invalid.
    var observationLimit: Float { get }
    /// Largest magnitude of any reward, likewise.
    var rewardLimit: Float { get }

    /// Whether two players act in turn, each against the other, so that one policy plays against itself: an observation shows the task
    /// to whom it is to act, and a reward is that player's who acted, the opposite of the other's. The same for every instance of a
    /// registry entry. The default is no.
    var playersAlternate: Bool { get }

    /// Whether not every action may be taken before every step: `writeActionMask` then tells which. Only of actions that are choices; the
    /// same for every instance of a registry entry. The default is no.
    var masksActions: Bool { get }

    /// Tells which actions may be taken next: asked after every `reset` and every `step`, where `masksActions` says so. No other is
    /// taken then, and what the policy learns is of these alone.
    /// - Parameter mask: a number for each action, of several parts one part's after the other's, all 1 before; 0 is to be written for
    ///   what may not be done. Of each part something must be left, unless the episode is over.
    func writeActionMask(into mask: inout MutableSpan<UInt8>)

    /// Whether steps have a cost beside their reward: of what is to stay below a limit, as accidents are, while the return is to grow.
    /// The same for every instance of a registry entry. The default is no.
    var tellsCost: Bool { get }

    /// Opens what it needs besides its code: a file, a device. Called once, before the first `reset`, of environments that are to
    /// be stepped; those that are only asked for their shapes must do without. The default does nothing.
    /// - Throws: an error whose description says in one line what is missing, where, and how to mend it: whoever wants to act
    ///   here is told that and ends.
    mutating func prepare() throws

    /// Begins the episode of this seed and writes its first observation.
    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Scalar>)

    /// Everything that the rest of the episode depends on, or nil when this environment can't save it (the default).
    ///
    /// A struct of plain numbers (`BitwiseCopyable`) has this and `restore(from:)` without writing them.
    func savedState() -> [UInt8]?

    /// Becomes what `savedState` of an environment of the same registry entry was.
    /// - Returns: false when these bytes are no such state; the environment is unchanged then.
    mutating func restore(from state: [UInt8]) -> Bool

    /// What it looks like now, for people; nil when it can't draw itself (the default).
    var picture: Picture? { get }

    /// Numbers that the observations are made of and don't show directly, as velocities behind pixels: what a good latent should tell.
    /// For evaluations alone, no policy sees them; always as many, or nil when there are none to tell (the default).
    var trueState: [Float]? { get }
}

/// What came of one step, beside the observation.
public struct StepResult: Hashable, Sendable {
    /// Undiscounted; finite, and within the environment's `rewardLimit`.
    public var reward: Float
    /// A step that both terminates and truncates has `.terminated`.
    public var ending: Ending
    /// Finite, and within the environment's `rewardLimit`; 0 where `tellsCost` isn't set.
    public var cost: Float

    @inlinable
    public init(reward: Float, ending: Ending = .none, cost: Float = 0) {
        self.reward = reward
        self.ending = ending
        self.cost = cost
    }
}

/// The scalar types an observation may have in memory and on the wire.
public protocol ObservationScalar: BitwiseCopyable, Sendable {
    /// What it is called in specs and on the wire.
    static var kind: ObservationSpec.Scalar { get }
}

extension Float: ObservationScalar {
    /// Four bytes.
    public static var kind: ObservationSpec.Scalar { .float32 }
}

extension UInt8: ObservationScalar {
    /// One byte.
    public static var kind: ObservationSpec.Scalar { .uint8 }
}

extension EnvironmentCore {
    public var observationSpec: ObservationSpec { ObservationSpec(shape: observationShape, scalar: Scalar.kind) }
    public var observationLimit: Float { EnvironmentSpec.usualLimit }
    /// 10⁹.
    public var rewardLimit: Float { EnvironmentSpec.usualLimit }
    public var playersAlternate: Bool { false }
    public var masksActions: Bool { false }
    public var tellsCost: Bool { false }
    public func writeActionMask(into mask: inout MutableSpan<UInt8>) {}
    public mutating func prepare() throws {}
    public func savedState() -> [UInt8]? { nil }
    public mutating func restore(from state: [UInt8]) -> Bool { false }
    public var picture: Picture? { nil }
    public var trueState: [Float]? { nil }
}

extension EnvironmentCore where Self: BitwiseCopyable {
    public func savedState() -> [UInt8]? { withUnsafeBytes(of: self) { Array($0) } }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == MemoryLayout<Self>.size else { return false }
        withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: state) }
        return true
    }
}
