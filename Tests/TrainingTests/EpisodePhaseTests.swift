import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingReturns
import StarlingTraining
import Synchronization
import Testing

/// What an objective saw of the rows of its steps.
private final class Seen: Sendable {
    let steps = Mutex<[[Row]]>([])

    struct Row: Equatable {
        let reward: Float
        let kind: UInt8
        let action: Int32
        let isCounted: Bool
    }
}

private struct Watching: Objective {
    static let loss = Metric("watched", "1", "½(V − t)².")
    let seen: Seen
    var metrics: [Metric] { [Self.loss] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let error = g.square(g.subtract(pass.value(&g), pass.target(&g, .valueTarget)))
        return [Term(Self.loss, g.scale(pass.mean(&g, error), 0.5), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let batch = step.batch
        let rows = batch.rewards.indices.map {
            Seen.Row(reward: batch.rewards[$0], kind: batch.kinds[$0], action: batch.actions[$0], isCounted: step.weights[$0] > 0)
        }
        seen.steps.withLock { $0.append(rows) }
        for row in batch.rewards.indices { step.target(.valueTarget)[row] = 0 }
    }
}

@Suite struct EpisodePhaseTests {
    private let seen = Seen()
    private let context = Chain.context(columns: 2)

    private func makeTrainer(rows: Int) throws -> Trainer {
        try Trainer(TrainingDesign([Phase([Watching(seen: seen)], from: .episodes(rows: rows))], context), context)
    }

    /// Plays environments whose episodes have these lengths, in turn, and an ending each; rewards tell environment, episode and step.
    private struct Play {
        let lengths: [Int]
        let endings: [StepKind]
        var episode = [0, 0]
        var step = [0, 0]
        var isFinal = [false, false]
        var firstStep: UInt64 = 0

        mutating func fill(_ view: MutableUnrollView) {
            for t in 0..<view.layout.unrollLength {
                for e in 0..<2 {
                    view.actions(at: t)[e] = Int32((step[e] + e) % 3)
                    view.rewards(at: t)[e] = Float(10_000 * e + 100 * episode[e] + step[e])
                    guard !isFinal[e] else {
                        view.kinds(at: t)[e] = StepKind.reset.rawValue
                        (isFinal[e], episode[e], step[e]) = (false, episode[e] + 1, 0)
                        continue
                    }
                    let ending = endings[(episode[e] + e) % endings.count]
                    let isLast = step[e] + 1 == lengths[(episode[e] + e) % lengths.count]
                    view.kinds(at: t)[e] = (isLast ? ending : .ordinary).rawValue
                    step[e] += 1
                    guard isLast else { continue }
                    if ending == .truncated { isFinal[e] = true } else { (episode[e], step[e]) = (episode[e] + 1, 0) }
                }
            }
        }
    }

    private func run(_ trainer: Trainer, _ play: inout Play, unrolls: Int, losing lost: Int? = nil) throws {
        let layout = UnrollLayout(environment: Chain.environment, model: context.policy.model, acting: Chain.acting)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        var metrics = MetricSample(MetricSet(trainer.metrics))
        for unroll in 0..<unrolls {
            block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
            let view = MutableUnrollView(layout, block)
            play.fill(view)
            let header = UnrollHeader(
                sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: play.firstStep, firstEnvironment: 0,
                noiseKey: 1, episodes: [])
            play.firstStep += UInt64(layout.unrollLength)
            guard unroll != lost else { continue }
            trainer.load(view.reading, header, column: 0)
            trainer.keep(view.reading, header)
            _ = try trainer.step(frames: UInt64(8 * unroll), update: UInt64(unroll), &metrics)
        }
    }

    /// The rewards of each step of the optimiser, an episode after the other, of the steps that count.
    private func episodes() -> [[[Float]]] {
        seen.steps.withLock { steps in
            steps.map { rows in
                var episodes: [[Float]] = [[]]
                for row in rows where row.isCounted {
                    if let last = episodes[episodes.count - 1].last, row.reward != last + 1 { episodes.append([]) }
                    episodes[episodes.count - 1].append(row.reward)
                }
                return episodes
            }
        }
    }

    @Test(arguments: [12, 20, 33]) func everyEpisodeComesWholeAndOnce(rows: Int) throws {
        let trainer = try makeTrainer(rows: rows)
        var play = Play(lengths: [3, 7, 1, 10], endings: [.terminated, .truncated, .terminated])
        try run(trainer, &play, unrolls: 60)
        let all = episodes()
        #expect(all.count > 5)
        // Each is one of those that were played, from its first step to its last.
        for episode in all.joined() {
            let first = Int(episode[0])
            let (environment, number) = (first / 10_000, first % 10_000 / 100)
            #expect(first % 100 == 0 && episode.count == play.lengths[(number + environment) % 4], "\(episode)")
        }
        for environment in 0..<2 {
            let numbers = all.joined().map { Int($0[0]) }.filter { $0 / 10_000 == environment }.map { $0 % 10_000 / 100 }
            #expect(numbers == Array(0..<numbers.count))
        }
        // As many as fit.
        for step in all { #expect(step.reduce(0) { $0 + $1.count } > rows - 12) }
        // After a truncation its final observation follows.
        seen.steps.withLock { steps in
            for (row, next) in steps.flatMap({ zip($0, $0.dropFirst()) }) where row.kind == StepKind.truncated.rawValue {
                #expect(next.kind == StepKind.reset.rawValue && !next.isCounted)
            }
        }
    }

    @Test func whatIsLongerThanTheRowsIsCut() throws {
        let trainer = try makeTrainer(rows: 8)
        var play = Play(lengths: [18], endings: [.terminated])
        try run(trainer, &play, unrolls: 30)
        let lengths = episodes().joined().map(\.count)
        // 7 steps and what they led to, twice, and the rest.
        #expect(Set(lengths) == [7, 4] && lengths.count > 8)
        seen.steps.withLock { steps in
            #expect(steps.allSatisfy { $0[6].kind == StepKind.truncated.rawValue || $0[3].kind == StepKind.terminated.rawValue })
        }
    }

    /// Of an episode with a hole nothing is trained on; the next ones are whole again.
    @Test func aLostUnrollCostsItsEpisodesOnly() throws {
        let trainer = try makeTrainer(rows: 12)
        var play = Play(lengths: [6], endings: [.terminated])
        try run(trainer, &play, unrolls: 30, losing: 4)
        let all = episodes().joined().filter { $0[0] < 10_000 }
        #expect(all.allSatisfy { $0.count == 6 })
        // Steps 16 to 19 were lost, so episodes 2 (12 to 17) and 3 (18 to 23).
        let numbers = all.map { Int($0[0]) / 100 }
        #expect(numbers.starts(with: [0, 1, 4, 5, 6]), "\(numbers)")
    }
}
