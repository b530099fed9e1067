import StarlingExperience

/// Plays environments again and again, and compares.
final class ConformanceTrial {
    typealias Verdict = EnvironmentConformance.Verdict

    private let entry: EnvironmentRegistry.Entry
    private let spec: EnvironmentSpec
    private let seeds: [UInt64] = (0..<4).map { Seed.mix(2026, $0) }
    private var rows: Int
    private var first: PlayedTape?

    private static let seconds = 2.0
    /// Bytes that lie where an observation is to be written.
    private static let usual: UInt8 = 0
    private static let other: UInt8 = 0x3F

    init(_ entry: EnvironmentRegistry.Entry, _ spec: EnvironmentSpec, rows: Int) {
        (self.entry, self.spec, self.rows) = (entry, spec, rows)
    }

    /// - Returns: what there is to be said.
    func examine(_ rule: EnvironmentConformance.Rule) throws -> [(Verdict, String)] {
        switch rule {
        case .spec: []
        case .seeds: try seedsGiveTheSame()
        case .observations: try observationsAreWhole()
        case .ranges: try ranges()
        case .endings: try endings()
        case .independence: try independence()
        case .state: try state()
        case .speed: try speed()
        }
    }

    // MARK: Rules

    private func seedsGiveTheSame() throws -> [(Verdict, String)] {
        let (one, other) = (try original(), try play(seeds))
        if let place = one.difference(from: other) {
            return place.row == 0
                ? [(.broken, "environment \(place.environment) began differently after two resets with one seed")]
                : [
                    (
                        .broken,
                        "environment \(place.environment) was another from step \(place.row) on, with the same seed and the same actions; take all random numbers from the seed"
                    )
                ]
        }
        let (left, right) = (try play([seeds[0]]), try play([seeds[1]], tape: [0]))
        let same = "\(one.rows) steps of \(seeds.count) environments were the same twice"
        return [left.difference(from: right) == nil ? (.remark, "\(same); all seeds make the same episodes") : (.kept, same)]
    }

    private func observationsAreWhole() throws -> [(Verdict, String)] {
        guard let place = try original().difference(from: play(seeds, filler: Self.other)) else {
            return [(.kept, "all numbers of an observation are written")]
        }
        return [
            (
                .broken,
                "environment \(place.environment) left something of the observation after step \(place.row) unwritten, and what was there before shows"
            )
        ]
    }

    private func ranges() throws -> [(Verdict, String)] {
        let seen = try original().seen
        func words(_ range: ClosedRange<Float>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
        if let fault = seen.fault { return [(.broken, fault)] }
        var told: [(Verdict, String)] = [
            (.kept, "numbers of observations from \(words(seen.observations)), rewards from \(words(seen.rewards))")
        ]
        if spec.observation.floatCount > 0, max(-seen.observations.lowerBound, seen.observations.upperBound) > 1_000 {
            told.append((.remark, "observations are large: model.normalize_observations or model.observation_scale helps the network"))
        }
        return told
    }

    private func endings() throws -> [(Verdict, String)] {
        let one = try original()
        if let fault = one.orderFault { return [(.broken, fault)] }
        guard !one.lengths.isEmpty else {
            return [
                (
                    .remark,
                    "no episode ended within \(one.rows) steps of random actions: if none ever does, truncate them, so that they can be counted"
                )
            ]
        }
        let mean = Double(one.lengths.reduce(0, +)) / Double(one.lengths.count)
        let (terminated, truncated) = (one.count(of: .terminated), one.count(of: .truncated))
        return [
            (
                .kept,
                "\(one.lengths.count) episodes of \(one.lengths.min()!) to \(one.lengths.max()!) steps, on average \(Int(mean.rounded())); \(terminated) terminated, \(truncated) truncated"
            )
        ]
    }

    private func independence() throws -> [(Verdict, String)] {
        let one = try original()
        for environment in [0, seeds.count - 1] {
            let alone = try play([seeds[environment]], tape: [environment])
            if let place = one.difference(from: alone, of: environment) {
                return [
                    (
                        .broken,
                        "environment \(environment) is another in a batch than alone, from step \(place.row) on: environments must share nothing that changes"
                    )
                ]
            }
        }
        let others = seeds.map { Seed.mix($0, 7) }
        let batches = try entry.makeBatches(spec, groups: 2, width: seeds.count)
        var (left, right) = (try player(batches[0], seeds), try player(batches[1], others))
        for _ in 0..<one.rows {
            try right.step()
            try left.step()
        }
        if let place = one.difference(from: left.tape) {
            return [
                (
                    .broken,
                    "a batch is another beside a second one, from step \(place.row) on (environment \(place.environment)): batches must share nothing that changes"
                )
            ]
        }
        return [(.kept, "an environment is the same alone, in a batch, and beside another batch")]
    }

    private func state() throws -> [(Verdict, String)] {
        let half = max(1, try original().rows / 2)
        let batch = try makeBatch(seeds.count)
        var original = try player(batch, seeds)
        for _ in 0..<half { try original.step() }
        guard let bytes = batch.savedState() else {
            return [(.remark, "it saves no state: a training that is stopped and goes on begins episodes anew")]
        }
        var copy = original
        copy.batch = try makeBatch(seeds.count)
        // Where it has been elsewhere before.
        _ = try player(copy.batch, seeds.map { Seed.mix($0, 9) })
        try copy.batch.restore(from: bytes)
        guard copy.batch.savedState() == bytes else {
            return [(.broken, "what it saves after it was restored differs from what it was restored from")]
        }
        for _ in 0..<half {
            try original.step()
            try copy.step()
        }
        if let place = original.tape.difference(from: copy.tape) {
            return [
                (
                    .broken,
                    "restored after \(half) steps, environment \(place.environment) was another from step \(place.row) on: something that later steps depend on isn't saved"
                )
            ]
        }
        for damaged in [Array(bytes.dropLast()), []] where (try? copy.batch.restore(from: damaged)) != nil {
            return [(.broken, "it was restored from \(damaged.count) of \(bytes.count) bytes, and must refuse these")]
        }
        return [(.kept, "saved after \(half) steps and restored, \(half) more were the same; \(bytes.count) bytes")]
    }

    private func speed() throws -> [(Verdict, String)] {
        let width = 8
        var player = try player(makeBatch(width), (0..<UInt64(width)).map { Seed.mix(3, $0) })
        player.isNoted = false
        let clock = ContinuousClock()
        let start = clock.now
        var steps = 0
        while clock.now - start < .seconds(0.1) {
            for _ in 0..<8 { try player.step() }
            steps += 8 * width
        }
        let seconds = (clock.now - start) / .seconds(1)
        return [(.kept, "\(Int(Double(steps) / seconds)) steps/s of \(width) environments on one core")]
    }

    // MARK: Playing

    private func makeBatch(_ width: Int) throws -> any EnvironmentBatch { try entry.makeBatches(spec, groups: 1, width: width)[0] }

    private func player(_ batch: any EnvironmentBatch, _ seeds: [UInt64], tape: [Int]? = nil, filler: UInt8 = usual) throws -> TapePlayer {
        try TapePlayer(batch, seeds: seeds, tape: tape ?? Array(seeds.indices), filler: filler)
    }

    /// As many steps as the first time.
    private func play(_ seeds: [UInt64], tape: [Int]? = nil, filler: UInt8 = usual) throws -> PlayedTape {
        var player = try player(makeBatch(seeds.count), seeds, tape: tape, filler: filler)
        for _ in 0..<rows { try player.step() }
        return player.tape
    }

    /// What all else is compared with.
    private func original() throws -> PlayedTape {
        if let first { return first }
        var player = try player(makeBatch(seeds.count), seeds)
        let clock = ContinuousClock()
        let start = clock.now
        while player.tape.rows < rows, clock.now - start < .seconds(Self.seconds) { try player.step() }
        rows = player.tape.rows
        first = player.tape
        return player.tape
    }
}
