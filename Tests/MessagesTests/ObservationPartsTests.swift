import StarlingExperience
import StarlingMessages
import Testing

/// Observations of several parts on the wire.
@Suite struct ObservationPartsTests {
    private func told(_ assignment: Assignment) throws -> Assignment {
        let welcome = Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "b", run: 9, generation: 2, assignment: assignment, status: status)
        let bytes = LearnerMessage.welcome(welcome).encoded()
        guard case .welcome(let told) = try bytes.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else { throw TestFault() }
        return told.assignment
    }

    private struct TestFault: Error {}

    @Test func theyComeAsTheyWereTold() throws {
        #expect(try told(roving).environment == rover)
        #expect(try told(roving).model == roving.model)
        var binary = roving
        binary.model.branches[1].likelihood = .bernoulli
        #expect(try told(binary).model == binary.model)
        var hidden = roving
        (hidden.model.branches[0].encoder, hidden.model.branches[0].decoder) = (nil, .dense([3]))
        hidden.model.branches[1].decoder = nil
        #expect(try told(hidden).model == hidden.model)
    }

    /// A build that knows one array sees a scalar that it doesn't know: it refuses, and takes nothing for what it isn't.
    @Test func buildsBeforeThemRefuse() throws {
        let wire = try told(roving)
        #expect(wire.environment.observation.shape == [164] && wire.environment.observation.scalar == .uint8)
        for (assignment, words) in [
            (changed { $0.observation.parts.swapAt(0, 1) }, "float32 come first"),
            (changed { $0.observation.parts[0].name = "a b" }, "names no part"),
            (changed { $0.observation.parts[0].shape = [1 << 24, 2] }, "scalars"),
            (changed { $0.observation.parts[1].name = "vector" }, "two parts"),
        ] {
            let error = #expect(throws: MessageError.self) { try told(assignment) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "none")")
        }
        var other = roving
        other.model.branches.removeLast()
        let error = #expect(throws: MessageError.self) { try told(other) }
        #expect(error?.message.contains("those of rover are vector, eye.camera") == true, "\(error?.message ?? "none")")
    }

    private func changed(_ change: (inout EnvironmentSpec) -> Void) -> Assignment {
        var assignment = roving
        change(&assignment.environment)
        return assignment
    }

    /// Every float of every row is looked at, those of the history too, and no byte of a picture.
    @Test func floatsOfRowsAreChecked() {
        let acting = ActingSpec(latentMode: .mean, unrollLength: 3, environmentsPerUnroll: 2)
        var model = roving.model
        model.frameStack = 2
        let layout = UnrollLayout(environment: rover, model: model, acting: acting)
        let base = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { base.deallocate() }
        base.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, base)
        for t in 0..<3 { for e in 0..<2 { view.behaviorLogProbabilities(at: t)[e] = -1.0986123 } }
        func fault() -> String? { UnrollCheck.fault(in: UnrollView(layout, UnsafeRawPointer(base)), []) }
        // Pictures may hold what would be no number.
        for t in 0...3 { for index in 20..<164 { view.observations(at: t)[index] = 0xFF } }
        #expect(fault() == nil, "\(fault() ?? "")")
        let row = view.observations(at: 2)
        row.storeBytes(of: Float.nan, toByteOffset: 164 + 4 * 3, as: Float.self)
        #expect(fault() == "an observation that is NaN, number 3 of environment 1 at step 2")
        row.storeBytes(of: -2e9, toByteOffset: 164 + 4 * 3, as: Float.self)
        #expect(fault() == "an observation that is -2e+09, outside of ±1e+09, number 3 of environment 1 at step 2")
        row.storeBytes(of: 0, toByteOffset: 164 + 4 * 3, as: Float.self)
        view.opening.storeBytes(of: Float.infinity, toByteOffset: 0, as: Float.self)
        #expect(fault() == "an observation that is inf, number 0 of environment 0 at step -1")
    }
}
