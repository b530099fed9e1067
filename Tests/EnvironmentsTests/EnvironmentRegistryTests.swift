import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct EnvironmentRegistryTests {
    /// As a user's own program hands its environments over.
    private func names(environments: EnvironmentRegistry) -> [String] { environments.entries.map(\.name) }

    @Test func growsByOneExpression() {
        #expect(names(environments: .builtIn + [.init("timed", summary: "Waits.") { Timed() }]).suffix(1) == ["timed"])
        let builtIn = [
            "Acrobot-v1", "CartPole-v1", "CartPole-pixels", "CartPole-pixels-distracted", "Catch", "Catch-distracted", "Catch-opposite",
            "Catch-twice", "CliffWalking-v1", "CliffWalkingSlippery-v1", "ConnectFour-v0", "ConnectFour-v0/openings",
            "ConnectFour-v0/puzzles", "ConnectFour-v0/random", "ConnectFour-v0/solver", "ConnectFour-v0/won", "DigitDrawing", "Digits",
            "Digits-test", "DynaMaze", "FrozenLake-v1", "FrozenLake8x8-v1",
            "HazyScene", "InterestEvolution", "Inventory", "LongTermSatisfaction", "Melody", "MinAtar/Asterix-v0", "MinAtar/Breakout-v0",
            "MinAtar/Breakout-distracted", "MinAtar/Freeway-v0",
            "MinAtar/Seaquest-v0", "MinAtar/SpaceInvaders-v0", "MinAtar/SpaceInvaders-distracted",
            "MountainCar-v0", "MountainCarContinuous-v0", "MovieSession", "MovieSession-test", "OracleText", "OracleText-seqgan",
            "Pendulum-v1", "Portfolio", "Portfolio-test", "Recall", "SlipperyRoad", "Taxi-v4",
            "Taxi-v4/masked", "Tracking",
        ]
        #expect(names(environments: .builtIn) == builtIn)
    }

    /// But for those whose data isn't here.
    @Test func allThatComeWithStarlingDrawThemselves() throws {
        for entry in EnvironmentRegistry.builtIn.entries {
            guard !entry.needsOptions, (try? entry.check()) != nil else { continue }
            let batch = try entry.makeBatches(entry.spec, groups: 1, width: 1)[0]
            try withUnsafeTemporaryAllocation(byteCount: batch.spec.observation.byteCount, alignment: 64) {
                try batch.reset(seeds: [3], into: $0)
            }
            #expect(batch.picture(of: 0) != nil, "\(entry.name)")
        }
    }

    @Test func aNameThatIsTakenIsAFault() throws {
        let registry: EnvironmentRegistry = .builtIn + [.init("CartPole-v1", summary: "mine") { Timed() }]
        #expect(registry.fault?.contains("two environments are called CartPole-v1: give yours another name") == true)
        #expect(EnvironmentRegistry.builtIn.fault == nil)
    }

    @Test func specsComeFromTheEnvironments() throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        #expect(entry.spec == EnvironmentSpec(name: "CartPole-v1", observation: .init(shape: [4]), action: .discrete(2)))
        #expect(
            try EnvironmentRegistry.builtIn.entry(named: "CartPole-pixels").spec.observation
                == ObservationSpec(shape: [1, 32, 32], scalar: .uint8))
        #expect(
            try EnvironmentRegistry.builtIn.entry(named: "Catch").spec
                == EnvironmentSpec(
                    name: "Catch", observation: .init(shape: [1, 10, 5], scalar: .uint8), action: .discrete(3)))
        let bytes = EnvironmentRegistry.Entry("bytes") { Scripted([]) }
        #expect(bytes.spec.observation == ObservationSpec(shape: [2], scalar: .uint8))
        #expect(try entry.makeBatch(count: 3).spec == entry.spec)
        #expect(try entry.makeBatch(count: 3).count == 3)
    }

    @Test(arguments: ["cartpole-v1", "CartPole", "CartPole-v0", "Carpole-v1"])
    func anUnknownNameBringsTheNearestOne(name: String) {
        let registry: EnvironmentRegistry = .builtIn + [.init("timed") { Timed() }]
        let error = #expect(throws: EnvironmentError.self) { try registry.entry(named: name) }
        #expect(error?.code == .unknownName)
        #expect(error?.message.contains("did you mean 'CartPole-v1'?") == true)
        #expect(error?.message.contains("CartPole-v1, CartPole-pixels, CartPole-pixels-distracted, Catch, ") == true)
    }

    @Test func nothingNearIsNotGuessed() {
        let error = #expect(throws: EnvironmentError.self) { try EnvironmentRegistry.builtIn.entry(named: "xyz") }
        #expect(error?.message.contains("did you mean") == false)
    }

    @Test func aSpecThatDiffersIsRefusedByName() throws {
        var spec = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1").spec
        #expect(try EnvironmentRegistry.builtIn.entry(for: spec).name == "CartPole-v1")
        spec.playersAlternate = true
        let turns = #expect(throws: EnvironmentError.self) { try EnvironmentRegistry.builtIn.entry(for: spec) }
        #expect(turns?.message.contains("one player") == true && turns?.message.contains("players in turn") == true)
        spec.playersAlternate = false
        spec.action = .discrete(3)
        let error = #expect(throws: EnvironmentError.self) { try EnvironmentRegistry.builtIn.entry(for: spec) }
        #expect(error?.code == .differentSpec)
        #expect(error?.message.contains("discrete(2)") == true && error?.message.contains("discrete(3)") == true)
    }
}
