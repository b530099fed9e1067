import CStarlingKernels
package import StarlingExperience

/// Checks the contents of a block by the rules of its schema before anything is computed with it: actions index memory, and one
/// number that is not finite, or whose square isn't, ends a training run.
package enum UnrollCheck {
    /// How far log μ(a) may be from what the logits beside it give. Actors and learners round differently.
    package static let logProbabilityTolerance: Float = 1e-4

    /// What is wrong with a block, or nil. `block` has the layout's size.
    ///
    /// Rows of the kind `reset` hold no step: their action must still be in range and their numbers within limits, but
    /// their log-probability need not fit the logits.
    /// - Parameters:
    ///   - episodes: what its header says of the episodes that ended in it.
    ///   - scalars: what its header says that the acting rule went by.
    package static func fault(
        in block: UnrollView, _ episodes: [UnrollHeader.Episode], _ scalars: ActingScalars = ActingScalars()
    ) -> String? {
        let columns = block.layout.schema.columns
        // Kinds first, and what compares columns last, when each of them is known to hold numbers.
        for stage in Stage.allCases {
            for index in columns.indices {
                for rule in columns[index].rules where rule.stage == stage {
                    let fault =
                        switch rule {
                        case .stepKind: fault(ofKindsIn: block, index, episodes)
                        case .finite, .within, .leadingWithin, .below, .belowParts: fault(ofNumbersIn: block, index, rule)
                        case .allowsAction(let parts): fault(ofMasksIn: block, parts)
                        case .logProbability(let acting, let distribution, let spread):
                            fault(ofLogProbabilitiesIn: block, acting, scalars, distribution, epsilonSpread: spread)
                        }
                    if let fault { return fault }
                }
            }
        }
        return fault(ofReturnsIn: block, episodes)
    }

    private static func fault(
        ofNumbersIn block: UnrollView, _ index: Int, _ rule: UnrollColumn.Rule
    ) -> String? {
        let (bytes, column) = (block.column(index), block.layout.schema.columns[index])
        switch rule {
        case .finite:
            let numbers = bytes.assumingMemoryBound(to: Float.self)
            guard starling_all_finite(numbers.baseAddress!, numbers.count) != 0 else {
                let place = numbers.firstIndex { !$0.isFinite } ?? 0
                return "\(column.number) that is \(words(numbers[place])), \(Self.place(place, column, block.layout))"
            }
        case .within(let limit):
            let numbers = bytes.assumingMemoryBound(to: Float.self)
            guard starling_all_within(numbers.baseAddress!, numbers.count, -limit, limit) != 0 else {
                let place = numbers.firstIndex { !(abs($0) <= limit) } ?? 0
                let bound = numbers[place].isFinite ? ", outside of ±\(limit)" : ""
                return "\(column.number) that is \(words(numbers[place]))\(bound), \(Self.place(place, column, block.layout))"
            }
        case .leadingWithin(let count, let limit):
            for row in 0..<bytes.count / column.width {
                let numbers = UnsafeRawBufferPointer(rebasing: bytes[row * column.width..<row * column.width + 4 * count])
                    .assumingMemoryBound(to: Float.self)
                guard starling_all_within(numbers.baseAddress!, count, -limit, limit) == 0 else { continue }
                let place = numbers.firstIndex { !(abs($0) <= limit) } ?? 0
                let bound = numbers[place].isFinite ? ", outside of ±\(limit)" : ""
                let words = "\(Self.words(numbers[place]))\(bound)"
                return "\(column.number) that is \(words), \(Self.place(row * column.width + place, column, block.layout))"
            }
        case .below(let limit) where column.scalar == .uint8:
            guard limit > 0, starling_all_at_most(bytes.baseAddress!, bytes.count, UInt8(min(limit - 1, 255))) != 0 else {
                return "\(column.number) outside of 0 ..< \(limit)"
            }
        case .below(let limit):
            let numbers = bytes.assumingMemoryBound(to: Int32.self)
            guard starling_all_below(numbers.baseAddress!, numbers.count, Int32(limit)) != 0 else {
                return "\(column.number) outside of 0 ..< \(limit)"
            }
        case .belowParts(let counts):
            let numbers = bytes.assumingMemoryBound(to: Int32.self)
            let place = counts.map { Int32($0) }.withUnsafeBufferPointer {
                starling_first_not_below(numbers.baseAddress!, numbers.count, $0.baseAddress!, $0.count)
            }
            guard place < 0 else {
                let part = Int(place) % counts.count
                return "an action whose part \(part) is \(numbers[Int(place)]), outside of 0 ..< \(counts[part])"
            }
        case .stepKind, .logProbability, .allowsAction: break
        }
        return nil
    }

    private static func fault(ofMasksIn block: UnrollView, _ parts: [Int]) -> String? {
        let (layout, masks) = (block.layout, block.actionMasks.baseAddress!)
        func place(_ row: Int) -> String { "environment \(row % layout.environmentCount) at step \(row / layout.environmentCount)" }
        return parts.map { Int32($0) }.withUnsafeBufferPointer { counts in
            let rows = layout.stepCount + layout.environmentCount
            let empty = Int(starling_first_empty_mask(masks, rows, counts.baseAddress!, counts.count))
            guard empty < 0 else { return "an action mask that allows nothing, of \(place(empty))" }
            let forbidden = Int(
                starling_first_forbidden_action(
                    masks, block.actions.baseAddress!, block.kinds.baseAddress!, StepKind.reset.rawValue, layout.stepCount,
                    counts.baseAddress!, counts.count))
            return forbidden < 0 ? nil : "an action that its mask forbids, of \(place(forbidden))"
        }
    }

    private static func words(_ number: Float) -> String { number.isNaN ? "NaN" : "\(number)" }

    /// Where a number of a column is, for people.
    private static func place(_ index: Int, _ column: UnrollColumn, _ layout: UnrollLayout) -> String {
        let (row, rest) = (index / column.width).quotientAndRemainder(dividingBy: layout.environmentCount)
        let scalar = column.width > 1 ? "number \(index % column.width) " : ""
        let step = column.extent == .once ? "" : " at step \(row - column.extent.history)"
        return "\(scalar)of environment \(rest)\(step)"
    }

    private static func fault(
        ofKindsIn block: UnrollView, _ index: Int, _ episodes: [UnrollHeader.Episode]
    ) -> String? {
        let layout = block.layout
        let kinds = block.column(index).assumingMemoryBound(to: UInt8.self).baseAddress!
        guard starling_all_at_most(kinds, layout.stepCount, StepKind.reset.rawValue) != 0 else {
            return "a step of no known kind"
        }
        let ended = starling_ended_episodes(
            kinds, layout.unrollLength, layout.environmentCount, StepKind.terminated.rawValue, StepKind.truncated.rawValue,
            StepKind.reset.rawValue)
        guard ended >= 0 else { return "a row of kind 3 that follows no end of an episode, or a truncation that none follows" }
        guard episodes.count == ended else { return "\(episodes.count) episodes in its header and \(ended) in its rows" }
        return nil
    }

    /// Behind rewards and costs, which tell better where a sum that is no number comes from.
    private static func fault(ofReturnsIn block: UnrollView, _ episodes: [UnrollHeader.Episode]) -> String? {
        let limit = block.layout.schema.rewardLimit
        for episode in episodes where !(abs(episode.episodeReturn) <= limit * Float(max(1, episode.length))) {
            return "an episode of \(episode.length) steps with the return \(words(episode.episodeReturn))"
        }
        // The sum of an episode's costs is the last of its measures.
        guard block.layout.costWidth > 0 else { return nil }
        for episode in episodes {
            guard let cost = episode.measures.last, !(abs(cost) <= limit * Float(max(1, episode.length))) else { continue }
            return "an episode of \(episode.length) steps with costs of \(words(cost))"
        }
        return nil
    }

    private static func fault(
        ofLogProbabilitiesIn block: UnrollView, _ rule: ActingRule, _ scalars: ActingScalars,
        _ distribution: ModelSpec.ActionDistribution?, epsilonSpread: Float
    ) -> String? {
        let (layout, count, skipped) = (block.layout, block.layout.stepCount, StepKind.reset.rawValue)
        let (kinds, logits) = (block.kinds.baseAddress!, block.behaviorLogits.baseAddress!)
        let logProbabilities = block.behaviorLogProbabilities.baseAddress!
        let error: Float
        switch (distribution, rule) {
        case (nil, _) where layout.actionParts.count > 1 || layout.actionMaskWidth > 0:
            error = choiceError(in: block, rule, scalars, epsilonSpread: epsilonSpread)
        case (nil, .sample), (nil, .boltzmann):
            error = starling_log_probability_error(
                logits, block.actions.baseAddress!, logProbabilities, kinds, skipped, count, layout.actionParameterCount,
                rule == .sample ? 1 : 1 / scalars.temperature)
        case (nil, .greedy), (nil, .epsilon):
            // Greedy is ε 0.
            let scalars = rule == .greedy ? ActingScalars() : scalars
            let columns = epsilonSpread > 0 ? layout.environmentCount : 1
            error = withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { epsilons in
                scalars.writeEpsilons(epsilons, spread: epsilonSpread)
                return starling_epsilon_log_probability_error(
                    logits, block.actions.baseAddress!, logProbabilities, kinds, skipped, count, layout.actionParameterCount,
                    epsilons.baseAddress!, columns)
            }
        case (_?, .greedy):
            error = starling_mean_log_probability_error(
                logits, block.samples.baseAddress!, logProbabilities, kinds, skipped, count, layout.actionWidth)
        case (let distribution?, _):
            error = starling_gaussian_log_probability_error(
                logits, block.samples.baseAddress!, logProbabilities, kinds, skipped, count, layout.actionWidth,
                distribution.squash)
        }
        guard error <= logProbabilityTolerance else {
            return "a log-probability that is \(error) away from that of its logits; allowed is \(logProbabilityTolerance)"
        }
        return nil
    }

    /// The largest error of what was chosen in several parts, or by a mask.
    private static func choiceError(
        in block: UnrollView, _ rule: ActingRule, _ scalars: ActingScalars, epsilonSpread: Float
    ) -> Float {
        let layout = block.layout
        // Greedy is ε 0.
        let scalars = rule == .greedy ? ActingScalars() : scalars
        let explores = rule == .greedy || rule == .epsilon
        let absent = layout.actionMaskWidth > 0 ? ActionSpec.forbiddenLogit : -.infinity
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: layout.environmentCount) { epsilons in
            scalars.writeEpsilons(epsilons, spread: epsilonSpread)
            return layout.actionParts.map { Int32($0) }.withUnsafeBufferPointer { counts in
                starling_choice_log_probability_error(
                    block.behaviorLogits.baseAddress!, block.actions.baseAddress!, block.behaviorLogProbabilities.baseAddress!,
                    block.kinds.baseAddress!, StepKind.reset.rawValue, layout.stepCount, counts.baseAddress!, counts.count,
                    rule == .boltzmann ? 1 / scalars.temperature : 1, explores ? epsilons.baseAddress! : nil, layout.environmentCount,
                    absent)
            }
        }
    }

    fileprivate enum Stage: CaseIterable { case kinds, numbers, masks, relations }
}

extension UnrollColumn.Rule {
    fileprivate var stage: UnrollCheck.Stage {
        switch self {
        case .stepKind: .kinds
        case .finite, .within, .leadingWithin, .below, .belowParts: .numbers
        case .allowsAction: .masks
        case .logProbability: .relations
        }
    }
}

extension UnrollSchema {
    /// Largest magnitude of a reward.
    fileprivate var rewardLimit: Float {
        for case .within(let limit) in self[.reward]?.rules ?? [] { return limit }
        return EnvironmentSpec.usualLimit
    }
}

extension UnrollColumn {
    /// One of its numbers, as people call it.
    fileprivate var number: String {
        switch name {
        case .observation: "an observation"
        case .action: scalar == .int32 ? "an action" : "an action's sample"
        case .reward: "a reward"
        case .logProbability: "a log-probability"
        case .logits: "a logit"
        case .coreState: "a recurrent state"
        case .actionMask: "an action mask"
        case .cost: "a cost"
        default: "a number of the column \(name)"
        }
    }
}
