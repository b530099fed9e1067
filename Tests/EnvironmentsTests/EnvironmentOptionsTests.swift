import StarlingEnvironments
import StarlingExperience
import Testing

/// What a recipe tells an environment beside its name.
@Suite struct EnvironmentOptionsTests {
    private let lake = try! EnvironmentRegistry.builtIn.entry(named: "FrozenLake-v1")

    private func options(_ assignments: [String]) -> EnvironmentOptions {
        var options = EnvironmentOptions()
        for assignment in assignments { precondition(options.set(assignment: assignment), assignment) }
        return options
    }

    @Test func withoutOptionsAllIsAsItWas() throws {
        let spec = try lake.spec(EnvironmentOptions())
        #expect(spec == EnvironmentSpec(name: "FrozenLake-v1", observation: .init(shape: [16], scalar: .uint8), action: .discrete(4)))
        #expect(
            EnvironmentRegistry.builtIn.specs.contains(spec)
                && EnvironmentRegistry.builtIn.families == ["FrozenLake-v1", "HazyScene", "LongTermSatisfaction", "Tracking"])
        #expect(try EnvironmentRegistry.builtIn.entry(for: spec).name == spec.name)
    }

    @Test func aLakeOfOnesOwnIsStepped() throws {
        let told = options(["map=[SFG]", "slippery=false", "time_limit=7"])
        let spec = try lake.spec(told)
        #expect(spec.observation.shape == [3] && spec.options == told)
        let batch = try EnvironmentRegistry.builtIn.entry(for: spec).makeBatches(spec, groups: 1, width: 2)[0]
        #expect(batch.spec == spec)
        var rows = Rows<UInt8>(reset: batch, seeds: [1, 2])
        // To the right, twice; against the wall.
        for _ in 0..<8 { rows.step(batch, actions: [2, 0]) }
        #expect(rows.rewards.map { $0[0] } == [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(
            rows.kinds.map { $0[0] } == [.ordinary, .terminated, .ordinary, .terminated, .ordinary, .terminated, .ordinary, .terminated])
        #expect(rows.kinds[6][1] == .truncated && rows.kinds[7][1] == .reset)
    }

    @Test func severalStartsAreEquallyLikely() throws {
        let spec = try lake.spec(options(["map=[SFS, FFG]"]))
        let batch = try lake.makeBatches(spec, groups: 1, width: 400)[0]
        let row = Rows<UInt8>(reset: batch, seeds: (0..<400).map { $0 }).observations[0]
        let left = (0..<400).count { row[6 * $0] == 1 }
        #expect((150...250).contains(left) && (0..<400).count { row[6 * $0 + 2] == 1 } == 400 - left)
    }

    /// An actor whose program makes another environment of the same options.
    @Test func whatOptionsMakeIsCompared() throws {
        var spec = try lake.spec(options(["map=[SFG]"]))
        spec.observation.shape = [4]
        let error = #expect(throws: EnvironmentError.self) { try EnvironmentRegistry.builtIn.entry(for: spec) }
        #expect(error?.code == .differentSpec && error?.message.contains("{map: [SFG]}") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        (["mapp=[SFG]"], "did you mean environment.map? It has: map, slippery, time_limit"),
        (["map=SFG"], "environment.map must be a list of texts, and is SFG"),
        (["map=[S, 1]"], "environment.map must be a list of texts, and is [S, 1]"),
        (["map=[SF, G]"], "rows of the same length"), (["map=[S]"], "2 to 4096 places"), (["map=[FG]"], "must have an S"),
        (["map=[SX]"], "otherwise F, H and G"), (["slippery=1"], "environment.slippery must be true or false, and is 1"),
        (["time_limit=0"], "environment.time_limit must be a whole number from 1 to 1000000, and is 0"),
        (["time_limit=2.5"], "and is 2.5"), (["map.size=3"], "environment.map"),
    ])
    func whatCanNotBeIsToldInALine(assignments: [String], words: String) {
        let error = #expect(throws: EnvironmentError.self) { try lake.spec(options(assignments)) }
        #expect(error?.code == .badOption && error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
    }

    @Test func optionsOfEachType() throws {
        let told = options(["size=8", "share=0.5", "kind=b", "is=true", "names=[a, b]", "whole=3"])
        #expect(try told.integer("size", in: 1...8, default: 1) == 8 && told.integer("none", in: 1...8, default: 5) == 5)
        #expect(try told.number("share", in: 0...1, default: 0) == 0.5 && told.number("whole", in: 0...9, default: 0) == 3)
        #expect(try told.text("kind", among: ["a", "b"], default: "a") == "b" && told.text("none", among: ["a"], default: "a") == "a")
        #expect(try told.truth("is", default: false) && told.truth("none", default: true))
        #expect(try told.texts("names", default: []) == ["a", "b"])
        for (body, words) in [
            ({ _ = try told.integer("size", in: 1...7, default: 1) }, "environment.size must be a whole number from 1 to 7, and is 8"),
            ({ _ = try told.number("share", in: 1...2, default: 1) }, "must be a number from 1.0 to 2.0, and is 0.5"),
            ({ _ = try told.text("kind", among: ["x", "y"], default: "x") }, "must be x or y, and is b"),
            ({ _ = try told.truth("size", default: true) }, "must be true or false, and is 8"),
            ({ _ = try told.texts("kind", default: []) }, "must be a list of texts, and is b"),
        ] as [(() throws -> Void, String)] {
            let error = #expect(throws: EnvironmentError.self) { try body() }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        }
    }
}
