import StarlingExperience
import StarlingLearning
import StarlingTraining
import Testing

@Suite struct TrainingStateTests {
    @Test func lagCountsUpdatesWithinAGeneration() {
        var state = TrainingState()
        state.update = 10
        #expect(state.policyLag(of: .init(generation: 1, update: 7), generation: 1) == 3)
        #expect(state.policyLag(of: .init(generation: 1, update: 10), generation: 1) == 0)
    }

    @Test func lagOfADeadGenerationCountsFromWhereTheNextOneForked() {
        var state = TrainingState()
        state.generationStarts = [1: 0, 2: 100]
        state.update = 105
        // Acted before the fork: part of this history.
        #expect(state.policyLag(of: .init(generation: 1, update: 90), generation: 2) == 15)
        // Acted with parameters that the restart has lost: no closer than the fork.
        #expect(state.policyLag(of: .init(generation: 1, update: 130), generation: 2) == 5)
    }

    @Test func recentReturnsKeepTheNewestHundred() {
        var returns = RecentEpisodes()
        #expect(returns.mean == nil)
        for value in 1...150 { returns.add(Float(value)) }
        #expect(returns.isFull)
        #expect(returns.mean == Float((51...150).reduce(0, +)) / 100)
    }

    @Test func schedulesRunOverTheHorizonAndNotTheRun() {
        var settings = OptimizerSettings()
        settings.learningRate = 2
        #expect(settings.learningRate(frames: 5_000) == 2)
        settings.horizon = 1000
        #expect(settings.learningRate(frames: 0) == 2)
        #expect(settings.learningRate(frames: 500) == 1)
        #expect(settings.learningRate(frames: 2000) == 0)
        settings.finalShare = 0.25
        #expect(settings.learningRate(frames: 2000) == 0.5)
        // Of a cosine's fall a quarter of the horizon has (1 − cos 45°)/2, half of it the half.
        settings.schedule = .cosine
        #expect(settings.learningRate(frames: 0) == 2)
        #expect(abs(settings.learningRate(frames: 250) - (2 - 1.5 * 0.146447)) < 1e-5)
        #expect(abs(settings.learningRate(frames: 500) - 1.25) < 1e-6)
        #expect(settings.learningRate(frames: 2000) == 0.5)
        var latent = LatentSettings()
        latent.klWeight = 1
        latent.klWarmup = 0.5
        #expect(latent.klWeight(at: 0.25) == 0.5)
        #expect(latent.klWeight(at: 0.75) == 1)
    }
}

@Suite struct ReservoirTests {
    @Test func everyObservationIsAsLikelyToBeKept() {
        let environment = EnvironmentSpec(
            name: "x", observation: ObservationSpec(shape: [1]), action: .discrete(2))
        let layout = UnrollLayout(
            environment: environment, model: RunSettings().modelSpec,
            acting: ActingSpec(latentMode: .mean, unrollLength: 64, environmentsPerUnroll: 16))
        let reservoir = Reservoir(observationByteCount: 4, byteLimit: 1 << 20, seed: 1)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        let values = block.bindMemory(to: Float.self, capacity: 65 * 16)
        for unroll in 0..<96 {
            for index in 0..<65 * 16 { values[index] = Float(unroll) }
            reservoir.add(UnrollView(layout, block))
        }
        #expect(reservoir.count == Reservoir.capacityLimit)
        let drawn = UnsafeMutableBufferPointer<Float>.allocate(capacity: 100_000)
        defer { drawn.deallocate() }
        reservoir.draw(into: UnsafeMutableRawBufferPointer(drawn))
        let mean = drawn.reduce(0, +) / Float(drawn.count)
        // Uniform over 0...95: mean 47.5; 5 standard errors are 0.44.
        #expect(abs(mean - 47.5) < 0.5)
    }

    @Test func largeObservationsAreFewer() {
        let stack = 4 * 84 * 84
        #expect(Reservoir(observationByteCount: stack, byteLimit: 1 << 20, seed: 1).capacity == (1 << 20) / stack)
        #expect(Reservoir(observationByteCount: 2 << 20, byteLimit: 1 << 20, seed: 1).capacity == 1)
    }

    /// Kept are stacks as the model saw them, none of them over the end of an episode.
    @Test func stacksAreKeptWhole() {
        var settings = RunSettings()
        settings.model.frameStack = 3
        let layout = UnrollLayout(
            environment: EnvironmentSpec(name: "x", observation: ObservationSpec(shape: [1]), action: .discrete(2)),
            model: settings.modelSpec, acting: ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2))
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, block)
        // Frames tell environment and row: 100·e + row, with row −2 and −1 in the history; environment 1 ends after row 1.
        let frames = view.opening.baseAddress!.assumingMemoryBound(to: Float.self)
        for row in -2...4 { for e in 0..<2 { frames[(row + 2) * 2 + e] = Float(100 * e + row) } }
        view.kinds(at: 1)[1] = StepKind.terminated.rawValue
        let reservoir = Reservoir(observationByteCount: 12, byteLimit: 1 << 20, seed: 1)
        reservoir.add(view.reading)
        #expect(reservoir.count == 8)
        var drawn = [[Float]](repeating: [0, 0, 0], count: 200)
        for index in drawn.indices { drawn[index].withUnsafeMutableBytes { reservoir.draw(into: $0) } }
        #expect(
            Set(drawn) == [
                [-2, -1, 0], [-1, 0, 1], [0, 1, 2], [1, 2, 3], [98, 99, 100], [99, 100, 101], [102, 102, 102],
                [102, 102, 103],
            ])
    }
}
