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
        (["id=CartPole-v1", "kwargs.nonsense=1"], "nonsense"), (["id=CartPole-v1", "idd=1"], "did you mean environment.id?"),
        (["id=CartPole-v1", "wrappers=os.system"], "is no wrapper"), (["id=CartPole-v1", "wrappers=[TimeLimit(x)]"], "plain values"),
        (["id=CartPole-v1", "vectorised=perhaps"], "auto, true or false"),
        (["id=MountainCar-v0", "vectorised=true"], "no vector_entry_point"),
        (["id=CartPole-v1", "step_seconds=-1"], "seconds"), (["id=X", "module=os"], "--module os"),
    ])
    func optionsThatCantBe(assignments: [String], words: String) throws {
        expectRefusal(assignments, isOwn: false, words)
    }

    @Test(arguments: [
        ("text", "Text"), ("sequence", "Sequence"), ("graph", "Graph"), ("picture", "eye"), ("several", "MultiDiscrete"),
        ("unbounded", "RescaleAction"),
    ])
    func spacesThatNothingIsMadeOf(space: String, words: String) throws {
        expectRefusal(["id=Refused", "kwargs.space=\(space)"], isOwn: true, words)
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
    }
}
