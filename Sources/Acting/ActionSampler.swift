import CStarlingKernels
import StarlingExperience
import StarlingLatentPolicy

/// Turns what the policy head gives into actions by an acting rule: what an unroll keeps, and what environments are given. They
/// are the same for discrete actions; continuous ones are kept as drawn and given within the environment's bounds.
///
/// Plain bytes, so that a step counts no references; whoever steps keeps the `ActionMemory` alive.
struct ActionSampler: BitwiseCopyable {
    fileprivate struct Bounds: BitwiseCopyable {
        let squash: starling_squash
        let low: UnsafePointer<Float>  // [K]
        let high: UnsafePointer<Float>  // [K]
        /// What environments are given.
        let actions: UnsafeMutablePointer<Float>  // [rows, K]
    }

    /// Width `A` of the policy head.
    let parameterCount: Int
    /// Numbers of one action.
    let width: Int
    fileprivate let rule: ActingRule
    fileprivate let scalars: ActingScalars
    /// nil for discrete actions.
    fileprivate let bounds: Bounds?
    /// Logits over the temperature; only for the rule `boltzmann`.
    fileprivate let tempered: UnsafeMutablePointer<Float>?  // [rows, A]
    /// Only for the rule `epsilon`.
    fileprivate let epsilons: UnsafePointer<Float>?  // [rows]

    /// Bytes of one action.
    var byteCount: Int { width * 4 }

    /// Chooses an action per row.
    /// - Parameters:
    ///   - parameters: `[rows, A]`.
    ///   - actions: `[rows]` Int32 or `[rows, K]` Float, as an unroll holds them.
    ///   - logProbabilities: `[rows]`, log μ(a): of the mixture that the rule makes, not of the policy it is made of.
    /// - Returns: what the environments are given, of the same shape as `actions`; valid until the next call.
    func choose(
        _ parameters: UnsafePointer<Float>, rows: Int, key: UInt64, step: UInt64, firstEnvironment: UInt32,
        actions: UnsafeMutableRawPointer, logProbabilities: UnsafeMutablePointer<Float>
    ) -> UnsafeRawBufferPointer {
        guard let bounds else {
            let chosen = actions.assumingMemoryBound(to: Int32.self)
            let (count, columns) = (Int32(rows), Int32(parameterCount))
            switch rule {
            case .sample:
                starling_categorical(
                    parameters, count, columns, key, step, firstEnvironment, Draw.action, chosen, logProbabilities)
            case .boltzmann:
                starling_categorical(
                    temper(parameters, rows), count, columns, key, step, firstEnvironment, Draw.action, chosen,
                    logProbabilities)
            case .epsilon:
                starling_epsilon_greedy(
                    parameters, count, columns, epsilons!, key, step, firstEnvironment, Draw.action, chosen,
                    logProbabilities)
            case .greedy:
                starling_argmax(parameters, count, columns, chosen)
                logProbabilities.update(repeating: 0, count: rows)
            }
            return UnsafeRawBufferPointer(start: actions, count: rows * byteCount)
        }
        let samples = actions.assumingMemoryBound(to: Float.self)
        if rule == .greedy {
            for row in 0..<rows {
                (samples + row * width).update(from: parameters + row * parameterCount, count: width)
            }
            logProbabilities.update(repeating: 0, count: rows)
        } else {
            starling_diagonal_gaussian(
                parameters, Int32(rows), Int32(width), bounds.squash, key, step, firstEnvironment, Draw.action, samples,
                logProbabilities)
        }
        starling_squash_actions(
            samples, Int32(width), Int32(rows), Int32(width), bounds.squash, bounds.low, bounds.high, bounds.actions)
        return UnsafeRawBufferPointer(start: bounds.actions, count: rows * byteCount)
    }

    /// Differences to each row's largest logit over the temperature. Of the logits themselves a low temperature would leave
    /// few digits.
    private func temper(_ logits: UnsafePointer<Float>, _ rows: Int) -> UnsafePointer<Float> {
        let (result, inverse) = (tempered!, 1 / scalars.temperature)
        for row in 0..<rows {
            let first = row * parameterCount
            var largest = logits[first]
            for place in first + 1..<first + parameterCount where logits[place] > largest { largest = logits[place] }
            for place in first..<first + parameterCount { result[place] = (logits[place] - largest) * inverse }
        }
        return UnsafePointer(result)
    }
}

/// An acting rule, the bounds of an environment's actions, room for the actions of some rows, and the samplers that work in it.
final class ActionMemory {
    private let action: ActionSpec
    private let rule: ActingRule
    private let squash: starling_squash
    private let rows: Int
    private let epsilonSpread: Float
    /// Low, high and room for `rows` continuous actions, or for the logits of as many rows, or for their ε.
    private let storage: UnsafeMutablePointer<Float>

    /// - Parameter epsilonSpread: of the rows, which are then those of an unroll.
    /// - Precondition: the rule fits the environment's actions.
    init(_ policy: LatentPolicy, _ rule: ActingRule, rows: Int, epsilonSpread: Float = 0) {
        (self.rows, self.epsilonSpread) = (rows, epsilonSpread)
        action = policy.environment.action
        self.rule = rule
        squash = policy.model.actionDistribution.squash
        if let fault = rule.fault(for: action) { preconditionFailure(fault) }
        switch action {
        case .discrete(let actions):
            storage = .allocate(capacity: rule == .boltzmann ? rows * actions : rule == .epsilon ? rows : 0)
        case .continuous(let low, let high):
            let count = (2 + rows) * low.count
            storage = .allocate(capacity: count)
            storage.initialize(repeating: 0, count: count)
            storage.update(from: low, count: low.count)
            (storage + low.count).update(from: high, count: low.count)
        }
    }

    deinit { storage.deallocate() }

    /// A sampler that goes by these numbers, until another is asked for.
    func sampler(_ scalars: ActingScalars) -> ActionSampler {
        if rule == .epsilon {
            scalars.writeEpsilons(UnsafeMutableBufferPointer(start: storage, count: rows), spread: epsilonSpread)
        }
        let bounds: ActionSampler.Bounds? =
            switch action {
            case .discrete: nil
            case .continuous(let low, _):
                .init(squash: squash, low: storage, high: storage + low.count, actions: storage + 2 * low.count)
            }
        return ActionSampler(
            parameterCount: action.parameterCount, width: action.width, rule: rule, scalars: scalars, bounds: bounds,
            tempered: rule == .boltzmann ? storage : nil, epsilons: rule == .epsilon ? UnsafePointer(storage) : nil)
    }
}
