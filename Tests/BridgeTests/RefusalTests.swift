import Logging
import StarlingBridge
import StarlingEnvironments
import Testing

/// What can't be is told in one line, with the remedy.
@Suite(.enabled(if: TestPython.hasGymnasium, "python3 has no gymnasium: STARLING_TEST_PYTHON names one that has"))
struct RefusalTests {
    @Test(arguments: [
        (["id=LunrLander-v3"], "near are LunarLander-v3"), (["id=ALE/Pong-v5"], "ale"),
        (["id=minigrid:Empty"], "set environment.module to minigrid"), ([], "environment.id is not set"),
        (["id=CartPole-v1", "kwargs.nonsense=1"], "'nonsense'; it takes sutton_barto_reward"),
        (["id=CartPole-v1", "idd=1"], "did you mean environment.id?"),
        (["id=CartPole-v1", "wrappers=os.system"], "is no wrapper"), (["id=CartPole-v1", "wrappers=[TimeLimit(x)]"], "plain values"),
        (["id=CartPole-v1", "vectorised=perhaps"], "auto, true or false"),
        (["id=CartPole-v1", "action_masks=true"], "environment.action_masks must be auto or false"),
        (["id=MountainCar-v0", "vectorised=true"], "no vector_entry_point"),
        (["id=CartPole-v1", "step_seconds=-1"], "seconds"), (["id=X", "module=os"], "--module os"),
    ])
    func optionsThatCantBe(assignments: [String], words: String) throws {
        expectRefusal(assignments, isOwn: false, words)
    }

    @Test(arguments: [
        ("text", "Text"), ("sequence", "Sequence"), ("graph", "Graph"), ("film", "the part eye of its observations has 4 dimensions"),
        ("twins", "would be called a_b"), ("choice", "OneOf"), ("several", "Tuple"),
        ("unbounded", "RescaleAction"),
    ])
    func spacesThatNothingIsMadeOf(space: String, words: String) throws {
        expectRefusal(["id=Refused", "kwargs.space=\(space)"], isOwn: true, words)
    }

    @Test(arguments: ["array", "dict", "tuple"])
    func aResetWithoutADictionary(space: String) {
        expectRefusal(["id=Bare", "kwargs.space=\(space)"], isOwn: true, "reset must return an observation and a dictionary")
    }

    private func expectRefusal(_ assignments: [String], isOwn: Bool, _ words: String) {
        let settings = PythonSettings(
            program: TestPython.program, modules: isOwn ? ["worlds": TestPython.worlds] : [:], logger: LoggedLines().logger)
        var options = EnvironmentOptions()
        for assignment in assignments + (isOwn ? ["module=worlds"] : []) { precondition(options.set(assignment: assignment)) }
        let error = #expect(throws: EnvironmentError.self) { try EnvironmentRegistry.Entry.gymnasium(settings).spec(options) }
        #expect(error?.message.contains(words) == true && error?.message.contains("\n") == false, "\(error?.message ?? "nothing")")
    }

    @Test func aPythonThatIsNone() throws {
        for (program, words) in [("/nowhere/python3", "--python PATH"), ("/bin/false", "ended with status 1")] {
            let entry = EnvironmentRegistry.Entry.gymnasium(PythonSettings(program: program, logger: LoggedLines().logger))
            var options = EnvironmentOptions()
            precondition(options.set(assignment: "id=CartPole-v1"))
            let error = #expect(throws: EnvironmentError.self) { try entry.spec(options) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        }
    }

    /// Numbers of all kinds are one part, and each picture is one of its own.
    @Test func partsHaveTheNamesOfTheirPlaces() throws {
        let world = World("id=Rover", isOwn: true)
        let spec = try world.entry.spec(world.options)
        #expect("\(spec.observation)" == "vector float32 [5], eye.camera uint8 [3, 8, 6], map uint8 [1, 5, 5]")
        var other = spec
        other.observation.parts[1].shape = [3, 6, 8]
        let error = #expect(throws: EnvironmentError.self) { try world.entry.makeBatches(other, groups: 1, width: 1) }
        #expect(error?.message.contains("eye.camera uint8 [3, 8, 6], map uint8 [1, 5, 5] here, and the learner's") == true)
    }

    /// A part that changes costs the episode, told in a line by its name.
    @Test func aPartThatChangesIsToldByItsName() throws {
        let world = World("id=Fickle", isOwn: true)
        let batch = try world.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        for _ in 0..<4 { try played.step(batch, [Int32(0)]) }
        #expect(played.kinds == [[0], [0], [2], [3]])
        #expect(world.lines.contain("step, at map, gave an observation of shape [4, 5], and its space has [5, 5]"), "\(world.lines.all)")
    }

    /// Spaces that change between machines.
    @Test func anotherSpecThanTheLearners() throws {
        let world = World("id=Corridor", isOwn: true)
        var spec = try world.entry.spec(world.options)
        spec.observation.shape = [2]
        let error = #expect(throws: EnvironmentError.self) { try world.entry.makeBatches(spec, groups: 1, width: 1) }
        #expect(error?.message.contains("float32 [1] here, and the learner's float32 [2]") == true, "\(error?.message ?? "nothing")")
    }

    @Test func whatCanNotBeRepeatedIsTold() throws {
        let world = World("id=Unrepeatable", isOwn: true)
        _ = try world.entry.spec(world.options)
        #expect(world.lines.contain("begins differently after two resets with one seed"), "\(world.lines.all)")
        #expect(!world.lines.contain("outside its observation_space"), "\(world.lines.all)")
    }

    @Test func whatLiesOutsideItsSpaceIsTold() throws {
        let world = World("id=Beyond", isOwn: true)
        _ = try world.entry.spec(world.options)
        #expect(
            world.lines.contain("reset gave an observation outside its observation_space (there: number 1 is 41, beyond 0 to 1)"),
            "\(world.lines.all)")
    }
}
