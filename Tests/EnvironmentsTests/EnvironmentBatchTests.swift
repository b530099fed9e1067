import StarlingEnvironments
import StarlingExperience
import Synchronization
import Testing

@Suite struct EnvironmentBatchTests {
    private func rows(_ scripts: [[Ending]], steps: Int) throws -> Rows<UInt8> {
        let made = Mutex(0)
        let entry = EnvironmentRegistry.Entry("scripted") {
            Scripted(
                made.withLock {
                    $0 += 1
                    return scripts[$0 - 1]
                })
        }
        let batch = try entry.makeBatch(count: scripts.count)
        var rows = Rows<UInt8>(reset: batch, seeds: scripts.indices.map(UInt64.init))
        for step in 0..<steps {
            rows.step(batch, actions: scripts.indices.map { Int32((step + $0) % Scripted.actions) })
        }
        return rows
    }

    /// First observation of the `k`-th episode of the environment with this seed.
    private func first(_ k: UInt64, seed: UInt64 = 0) -> [UInt8] { [UInt8(truncatingIfNeeded: Seed.episode(k, of: seed)), 0] }

    @Test func aTerminationResetsWithinItsStep() throws {
        let rows = try rows([[.none, .terminated, .none]], steps: 3)
        #expect(rows.kinds == [[.ordinary], [.terminated], [.ordinary]])
        #expect(rows.rewards == [[0], [1], [2]])
        #expect(rows.observations == [first(0), [first(0)[0], 1], first(1), [first(1)[0], 1]])
        #expect(rows.episodes.map(\.episode) == [.init(episodeReturn: 1, length: 2)])
    }

    @Test func aTruncationLeavesItsFinalObservationAndAResetRow() throws {
        let rows = try rows([[.none, .truncated, .none]], steps: 4)
        #expect(rows.kinds == [[.ordinary], [.truncated], [.reset], [.ordinary]])
        // The reset row's action (2) is neither taken nor rewarded, and the row is no step of any episode.
        #expect(rows.rewards == [[0], [1], [0], [0]])
        #expect(rows.observations == [first(0), [first(0)[0], 1], [first(0)[0], 2], first(1), [first(1)[0], 1]])
        #expect(rows.episodes.map(\.episode) == [.init(episodeReturn: 1, length: 2)])
    }

    @Test func truncationAtTheFirstAndTheLastStepOfAnUnroll() throws {
        // Two unrolls of T = 3: steps 0–2 and 3–5. Environment 0 is truncated at t = 0, environment 1 at t = T−1.
        let rows = try rows([[.truncated], [.none, .none, .truncated]], steps: 6)
        #expect(rows.kinds.map { $0[0] } == [.truncated, .reset, .ordinary, .ordinary, .ordinary, .ordinary])
        #expect(rows.kinds.map { $0[1] } == [.ordinary, .ordinary, .truncated, .reset, .ordinary, .ordinary])
        // Row T of the first unroll, which is row 0 of the second, is the final observation.
        #expect(rows.observations[3][2...] == [first(0, seed: 1)[0], 3])
        #expect(Array(rows.observations[4][2...]) == first(1, seed: 1))
    }

    @Test func severalEndsInOneUnroll() throws {
        let rows = try rows([[.terminated, .truncated, .terminated, .terminated]], steps: 6)
        #expect(rows.kinds.map { $0[0] } == [.terminated, .truncated, .reset, .terminated, .terminated, .ordinary])
        #expect(rows.observations[5] == first(4))
        #expect(rows.episodes.map(\.episode.length) == [1, 1, 1, 1])
        #expect(rows.episodes.map(\.episode.episodeReturn) == [0, 1, 0, 1])
    }

    @Test func episodesComeInTheOrderOfTheirEndsWithTheirEnvironments() throws {
        let rows = try rows([[.none, .terminated], [.terminated], [.truncated, .terminated]], steps: 3)
        #expect(rows.episodes.map(\.environment) == [1, 2, 0, 2])
    }

    @Test func theSeedOfAnEpisodeIsThatOfItsEnvironmentAndNumber() {
        let episodes: Set<UInt64> = Set((0..<1000).map { Seed.episode($0, of: 7) })
        #expect(episodes.count == 1000)
        #expect(Seed.episode(1, of: 7) != Seed.episode(0, of: 8))
        let seeds = (0..<4).flatMap { ordinal in
            (0..<4).flatMap { incarnation in
                (0..<4).map {
                    Seed.mix(1, SeedPurpose.environment, UInt64(ordinal), UInt64(incarnation), UInt64($0))
                }
            }
        }
        #expect(Set(seeds).count == 64)
    }

    /// Fixed for good: a run's seed must mean the same in every build.
    @Test func seedsAndNumbersAreThoseOfSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect((0..<3).map { _ in generator.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func anActionOutOfRangeIsAFaultOfOurOwn() async {
        await #expect(processExitsWith: .failure) {
            let batch = try EnvironmentRegistry.Entry("scripted") { Scripted([]) }.makeBatch(count: 1)
            var rows = Rows<UInt8>(reset: batch, seeds: [0])
            rows.step(batch, actions: [3])
        }
    }

    @Test func picturesAreOptional() throws {
        #expect(try EnvironmentRegistry.Entry("scripted") { Scripted([]) }.makeBatch(count: 1).picture(of: 0) == nil)
    }
}
