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

    /// Room for one part of an action after the other.
    fileprivate struct Parts: BitwiseCopyable {
        let counts: UnsafePointer<Int32>  // [P]
        let logits: UnsafeMutablePointer<Float>  // [rows, the largest count]
        let logProbabilities: UnsafeMutablePointer<Float>  // [rows]
        let actions: UnsafeMutablePointer<Int32>  // [rows]
    }

    /// Width `A` of the policy head.
    let parameterCount: Int
    /// Numbers of one action.
    let width: Int
    fileprivate let rule: ActingRule
    fileprivate let scalars: ActingScalars
    /// Only of continuous actions.
    fileprivate let bounds: Bounds?
    /// Only of actions of several parts.
    fileprivate let parts: Parts?
    /// Logits at or below it are of actions that a mask forbids; −∞ without masks.
    fileprivate let absent: Float
    /// Logits over the temperature; only for the rule `boltzmann`.
    fileprivate let tempered: UnsafeMutablePointer<Float>?  // [rows, A]
    /// Only for the rule `epsilon`.
    fileprivate let epsilons: UnsafePointer<Float>?  // [rows]

    /// Bytes of one action.
    var byteCount: Int { width * 4 }

    /// Chooses an action per row.
    /// - Parameters:
    ///   - parameters: `[rows, A]`, `ActionSpec.forbiddenLogit` where a mask forbids the action.
    ///   - actions: `[rows]` Int32, `[rows, P]` of several parts, or `[rows, K]` Float, as an unroll holds them.
    ///   - logProbabilities: `[rows]`, log μ(a): of the mixture that the rule makes, not of the policy it is made of.
    /// - Returns: what the environments are given, of the same shape as `actions`; valid until the next call.
    func choose(
        _ parameters: UnsafePointer<Float>, rows: Int, key: UInt64, step: UInt64, firstEnvironment: UInt32,
        actions: UnsafeMutableRawPointer, logProbabilities: UnsafeMutablePointer<Float>
    ) -> UnsafeRawBufferPointer {
        guard let bounds else {
            let chosen = actions.assumingMemoryBound(to: Int32.self)
            if let parts {
                choose(parts, parameters, rows, key, step, firstEnvironment, chosen, logProbabilities)
            } else {
                choose(parameters, rows, parameterCount, key, step, firstEnvironment, Draw.action, chosen, logProbabilities)
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

    /// Every part by itself, with random numbers of its own; their log-probabilities add up.
    private func choose(
        _ parts: Parts, _ logits: UnsafePointer<Float>, _ rows: Int, _ key: UInt64, _ step: UInt64, _ firstEnvironment: UInt32,
        _ chosen: UnsafeMutablePointer<Int32>, _ logProbabilities: UnsafeMutablePointer<Float>
    ) {
        logProbabilities.update(repeating: 0, count: rows)
        var first = 0
        for part in 0..<width {
            let count = Int(parts.counts[part])
            for row in 0..<rows { (parts.logits + row * count).update(from: logits + row * parameterCount + first, count: count) }
            choose(
                parts.logits, rows, count, key, step, firstEnvironment, Draw.action(part: part), parts.actions, parts.logProbabilities)
            for row in 0..<rows {
                chosen[row * width + part] = parts.actions[row]
                logProbabilities[row] += parts.logProbabilities[row]
            }
            first += count
        }
    }

    /// One of `count` per row.
    private func choose(
        _ logits: UnsafePointer<Float>, _ rows: Int, _ count: Int, _ key: UInt64, _ step: UInt64, _ firstEnvironment: UInt32,
        _ draw: UInt32, _ chosen: UnsafeMutablePointer<Int32>, _ logProbabilities: UnsafeMutablePointer<Float>
    ) {
        let (height, columns) = (Int32(rows), Int32(count))
        switch rule {
        case .sample:
            starling_categorical(logits, height, columns, key, step, firstEnvironment, draw, chosen, logProbabilities)
        case .boltzmann:
            starling_categorical(
                temper(logits, rows, count), height, columns, key, step, firstEnvironment, draw, chosen, logProbabilities)
        case .epsilon:
            starling_epsilon_greedy(
                logits, height, columns, absent, epsilons!, key, step, firstEnvironment, draw, chosen, logProbabilities)
        case .greedy:
            starling_argmax(logits, height, columns, chosen)
            logProbabilities.update(repeating: 0, count: rows)
        }
    }

    /// Differences to each row's largest logit over the temperature. Of the logits themselves a low temperature would leave
    /// few digits.
    private func temper(_ logits: UnsafePointer<Float>, _ rows: Int, _ count: Int) -> UnsafePointer<Float> {
        let (result, inverse) = (tempered!, 1 / scalars.temperature)
        for row in 0..<rows {
            let first = row * count
            var largest = logits[first]
            for place in first + 1..<first + count where logits[place] > largest { largest = logits[place] }
            for place in first..<first + count { result[place] = (logits[place] - largest) * inverse }
        }
        return UnsafePointer(result)
    }
}

/// An acting rule, the bounds or parts of an environment's actions, room for the actions of some rows, and the samplers that work in it.
final class ActionMemory {
    private let action: ActionSpec
    private let rule: ActingRule
    private let squash: starling_squash
    private let rows: Int
    private let epsilonSpread: Float
    private let absent: Float
    /// Low, high and room for `rows` continuous actions, or for the logits of as many rows, or for their ε; behind these the numbers of a part
    /// of an action.
    private let storage: UnsafeMutablePointer<Float>
    /// Counts of an action's parts, and room for what is chosen of one.
    private let choices: UnsafeMutablePointer<Int32>
    /// What the rule needs of the storage.
    private let ruleCount: Int

    /// - Parameter epsilonSpread: of the rows, which are then those of an unroll.
    /// - Precondition: the rule fits the environment's actions.
    init(_ policy: LatentPolicy, _ rule: ActingRule, rows: Int, epsilonSpread: Float = 0) {
        (self.rows, self.epsilonSpread) = (rows, epsilonSpread)
        action = policy.environment.action
        self.rule = rule
        squash = policy.model.actionDistribution.squash
        absent = policy.environment.masksActions ? ActionSpec.forbiddenLogit : -.infinity
        if let fault = rule.fault(for: action) { preconditionFailure(fault) }
        var (counts, room): ([Int], Int) = ([], 0)
        switch action {
        case .discrete(let actions): ruleCount = rule == .boltzmann ? rows * actions : rule == .epsilon ? rows : 0
        case .multiDiscrete(let parts):
            counts = parts
            ruleCount = rule == .boltzmann ? rows * parts.max()! : rule == .epsilon ? rows : 0
            room = rows * (parts.max()! + 1)
        case .continuous(let low, _): ruleCount = (2 + rows) * low.count
        }
        storage = .allocate(capacity: ruleCount + room)
        storage.initialize(repeating: 0, count: ruleCount + room)
        if case .continuous(let low, let high) = action {
            storage.update(from: low, count: low.count)
            (storage + low.count).update(from: high, count: low.count)
        }
        choices = .allocate(capacity: counts.count + rows)
        choices.initialize(repeating: 0, count: counts.count + rows)
        for (part, count) in counts.enumerated() { choices[part] = Int32(count) }
    }

    deinit {
        storage.deallocate()
        choices.deallocate()
    }

    /// A sampler that goes by these numbers, until another is asked for.
    func sampler(_ scalars: ActingScalars) -> ActionSampler {
        if rule == .epsilon {
            scalars.writeEpsilons(UnsafeMutableBufferPointer(start: storage, count: rows), spread: epsilonSpread)
        }
        var (bounds, parts): (ActionSampler.Bounds?, ActionSampler.Parts?)
        switch action {
        case .discrete: break
        case .multiDiscrete(let counts):
            let logProbabilities = storage + ruleCount
            parts = .init(
                counts: choices, logits: logProbabilities + rows, logProbabilities: logProbabilities, actions: choices + counts.count)
        case .continuous(let low, _):
            bounds = .init(squash: squash, low: storage, high: storage + low.count, actions: storage + 2 * low.count)
        }
        return ActionSampler(
            parameterCount: action.parameterCount, width: action.width, rule: rule, scalars: scalars, bounds: bounds, parts: parts,
            absent: absent, tempered: rule == .boltzmann ? storage : nil, epsilons: rule == .epsilon ? UnsafePointer(storage) : nil)
    }
}
