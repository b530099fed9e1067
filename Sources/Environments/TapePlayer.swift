import StarlingExperience

/// Plays a batch with random actions that only depend on which tape of them an environment has.
struct TapePlayer {
    var batch: any EnvironmentBatch
    private(set) var tape: PlayedTape
    /// Whether what comes of steps is kept.
    var isNoted = true
    private var actions: [SeededGenerator]
    /// What may be done next, `[E, A]`; empty where all may.
    private var masks: [UInt8]
    private let filler: UInt8

    /// Begins an episode in each environment.
    /// - Parameters:
    ///   - tape: of each environment.
    ///   - filler: bytes that lie where observations are to be written.
    init(_ batch: any EnvironmentBatch, seeds: [UInt64], tape: [Int], filler: UInt8) throws {
        (self.batch, self.filler) = (batch, filler)
        self.tape = PlayedTape(batch.spec, count: seeds.count)
        actions = tape.map { SeededGenerator(seed: Seed.mix(11, UInt64($0))) }
        masks = Array(repeating: 1, count: batch.spec.masksActions ? seeds.count * batch.spec.action.parameterCount : 0)
        try withRow {
            try batch.reset(seeds: seeds, into: $0)
        } note: {
            $0.begin($1)
        }
        try readMasks()
    }

    private mutating func readMasks() throws {
        guard !masks.isEmpty else { return }
        try masks.withUnsafeMutableBufferPointer { try batch.writeActionMasks(into: $0) }
    }

    mutating func step() throws {
        let spec = batch.spec
        let numbers = nextActions(spec.action)
        let count = batch.count
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { values in
            try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { kinds in
                values.initialize(repeating: 0)
                kinds.initialize(repeating: 0)
                let (rewards, costs) = (
                    UnsafeMutableBufferPointer(rebasing: values[..<count]), UnsafeMutableBufferPointer(rebasing: values[count...])
                )
                let batch = batch
                try withRow { row in
                    try numbers.withUnsafeBytes { try batch.step(actions: $0, into: row, rewards: rewards, kinds: kinds) }
                    if spec.tellsCost { batch.writeCosts(into: costs) }
                } note: {
                    $0.add($1, rewards, costs, kinds)
                }
            }
        }
        batch.takeFinishedEpisodes { if isNoted { tape.lengths.append($1.length) } }
        try readMasks()
    }

    private mutating func withRow(
        _ write: (UnsafeMutableRawBufferPointer) throws -> Void, note: (inout PlayedTape, UnsafeRawBufferPointer) -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: batch.count * batch.spec.observation.byteCount, alignment: 64) { row in
            if isNoted { row.initializeMemory(as: UInt8.self, repeating: filler) }
            try write(row)
            if isNoted { note(&tape, UnsafeRawBufferPointer(row)) }
        }
    }

    /// Bits of an action of each environment: Int32 of what may be done, or Float, now and then at their bounds.
    private mutating func nextActions(_ spec: ActionSpec) -> [UInt32] {
        var numbers: [UInt32] = []
        for environment in actions.indices {
            switch spec {
            case .discrete, .multiDiscrete:
                var first = environment * spec.parameterCount
                for count in spec.parts {
                    let allowed = masks.isEmpty ? Array(0..<count) : (0..<count).filter { masks[first + $0] != 0 }
                    let choice = actions[environment].below(max(1, allowed.count))
                    // The mask of a row that is no step says nothing.
                    numbers.append(allowed.isEmpty ? 0 : UInt32(allowed[choice]))
                    first += count
                }
            case .continuous(let low, let high):
                for (low, high) in zip(low, high) {
                    let share = actions[environment].uniform(-0.125, 1.125)
                    numbers.append(min(high, max(low, low + (high - low) * Float(share))).bitPattern)
                }
            }
        }
        return numbers
    }
}

/// What came of a tape of actions: a digest of each row of each environment.
struct PlayedTape {
    private let spec: EnvironmentSpec
    private let count: Int
    /// `[T + 1][E]`.
    private var digests: [UInt64] = []
    private var kinds: [UInt8] = []
    var lengths: [UInt32] = []
    private(set) var seen = Seen()

    /// Numbers that were seen.
    struct Seen {
        var observations: ClosedRange<Float> = 0...0
        var rewards: ClosedRange<Float> = 0...0
        var fault: String?
    }

    init(_ spec: EnvironmentSpec, count: Int) { (self.spec, self.count) = (spec, count) }

    /// Steps that were taken.
    var rows: Int { kinds.count / count }

    func count(of kind: StepKind) -> Int { kinds.count { $0 == kind.rawValue } }

    mutating func begin(_ row: UnsafeRawBufferPointer) { note(row) { _ in 0 } }

    mutating func add(
        _ row: UnsafeRawBufferPointer, _ rewards: UnsafeMutableBufferPointer<Float>, _ costs: UnsafeMutableBufferPointer<Float>,
        _ kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        for environment in 0..<count {
            let reward = rewards[environment]
            for (name, value) in [("reward", reward), ("cost", costs[environment])] where !(value.magnitude <= spec.rewardLimit) {
                seen.fault =
                    seen.fault ?? "environment \(environment) gave the \(name) \(value) in step \(rows + 1)\(remedy(value, "rewardLimit"))"
            }
            guard reward.magnitude <= spec.rewardLimit else { continue }
            seen.rewards = min(seen.rewards.lowerBound, reward)...max(seen.rewards.upperBound, reward)
        }
        note(row) { UInt64(rewards[$0].bitPattern) << 8 ^ UInt64(costs[$0].bitPattern) << 32 ^ UInt64(kinds[$0]) }
        self.kinds += kinds
    }

    private mutating func note(_ row: UnsafeRawBufferPointer, _ further: (_ environment: Int) -> UInt64) {
        let size = spec.observation.byteCount
        for environment in 0..<count {
            let own = UnsafeRawBufferPointer(rebasing: row[environment * size..<(environment + 1) * size])
            look(at: own, environment)
            var digest = Seed.mix(UInt64(size), further(environment))
            for offset in stride(from: 0, to: size, by: 8) {
                var word: UInt64 = 0
                withUnsafeMutableBytes(of: &word) { $0.copyBytes(from: own[offset..<min(size, offset + 8)]) }
                digest = Seed.mix(digest, word)
            }
            digests.append(digest)
        }
    }

    /// Floats come first, then bytes.
    private mutating func look(at row: UnsafeRawBufferPointer, _ environment: Int) {
        let floats = UnsafeRawBufferPointer(rebasing: row.prefix(4 * spec.observation.floatCount))
        for (place, value) in floats.bindMemory(to: Float.self).enumerated() {
            guard value.magnitude <= spec.observationLimit else {
                seen.fault =
                    seen.fault
                    ?? "environment \(environment) gave an observation whose number \(place) is \(value), after step \(rows)"
                    + remedy(value, "observationLimit")
                return
            }
            seen.observations = min(seen.observations.lowerBound, value)...max(seen.observations.upperBound, value)
        }
        guard let largest = row.dropFirst(floats.count).max() else { return }
        seen.observations = seen.observations.lowerBound...max(seen.observations.upperBound, Float(largest))
    }

    private func remedy(_ value: Float, _ limit: String) -> String {
        value.isFinite ? ": larger numbers than \(EnvironmentSpec.usualLimit) need an \(limit)" : ": it must be finite"
    }

    /// What is wrong with the order of rows; nil when nothing is.
    var orderFault: String? {
        for place in kinds.indices {
            guard kinds[place] <= StepKind.reset.rawValue else {
                return "step \(place / count + 1) has the kind \(kinds[place]), which is none"
            }
            let before = place < count ? StepKind.ordinary.rawValue : kinds[place - count]
            let isReset = kinds[place] == StepKind.reset.rawValue
            if before == StepKind.truncated.rawValue, !isReset { return "step \(place / count + 1) follows a truncation, and is no reset" }
            if isReset, !StepKind.isLast(before), before != StepKind.truncated.rawValue {
                return "step \(place / count + 1) is a reset without an end"
            }
        }
        return nil
    }

    /// The first row and environment that another tape has otherwise; nil when all are the same.
    func difference(from other: PlayedTape) -> (row: Int, environment: Int)? {
        digests.indices.first { $0 >= other.digests.count || digests[$0] != other.digests[$0] }.map { ($0 / count, $0 % count) }
    }

    /// The same with a tape of one environment alone.
    func difference(from other: PlayedTape, of environment: Int) -> (row: Int, environment: Int)? {
        (0...rows).first { $0 >= other.digests.count || digests[$0 * count + environment] != other.digests[$0] }.map { ($0, environment) }
    }
}
