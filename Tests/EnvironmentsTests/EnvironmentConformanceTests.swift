import StarlingEnvironments
import Synchronization
import Testing

@Suite struct EnvironmentConformanceTests {
    /// But those that need files.
    @Test(arguments: EnvironmentRegistry.builtIn.entries.filter { (try? $0.check()) != nil }.map(\.name))
    func whatComesWithStarlingConforms(name: String) throws {
        let conformance = EnvironmentConformance(try EnvironmentRegistry.builtIn.entry(named: name), steps: 300)
        #expect(conformance.violations.map(\.description) == [])
        #expect(Set(conformance.findings.map(\.rule)) == Set(EnvironmentConformance.Rule.allCases))
    }

    @Test func aPlainEnvironmentConforms() {
        #expect(EnvironmentConformance(steps: 200) { Timed() }.violations.isEmpty)
        #expect(EnvironmentConformance(steps: 200) { Wrong(.nothing) }.violations.map(\.description) == [])
    }

    /// Numbers and bytes in one observation, with a row's padding, which nobody writes.
    @Test(arguments: [false, true]) func partsConform(isWhole: Bool) {
        let conformance = EnvironmentConformance(steps: 60) { Rover(isWhole: isWhole) }
        #expect(conformance.violations.map(\.rule) == (isWhole ? [] : [.observations]), "\(conformance.findings)")
        #expect(conformance.findings.contains { $0.rule == .ranges && $0.text.contains("from 0.0 to 200.0") }, "\(conformance.findings)")
    }

    @Test(arguments: Wrong.Fault.allCases) func whatIsWrongIsCalledSo(fault: Wrong.Fault) {
        let conformance = EnvironmentConformance(steps: 210) { Wrong(fault) }
        #expect(Set(conformance.violations.map(\.rule)) == fault.rules, "\(conformance.findings)")
        for finding in conformance.findings { #expect(!finding.text.contains("\n") && !finding.text.isEmpty) }
    }

    @Test func whatCanNotBeMadeIsToldAtOnce() {
        let conformance = EnvironmentConformance(
            .init("refusing", options: []) { options throws -> Timed in throw options.invalid("size", "must be even") })
        #expect(conformance.violations.map(\.description) == ["spec: environment.size must be even"])
    }
}

/// A room, with a fault.
struct Wrong: Environment {
    enum Fault: CaseIterable, Sendable {
        case nothing, unseeded, shared, unwritten, infinite, largeReward, forgets, remembers

        var rules: Set<EnvironmentConformance.Rule> {
            switch self {
            case .nothing: []
            case .unseeded: [.seeds, .observations, .independence, .state]
            case .shared: [.seeds, .observations, .independence, .state]
            case .unwritten: [.observations]
            case .infinite, .largeReward: [.ranges]
            case .forgets: [.state]
            case .remembers: [.state]
            }
        }
    }

    private static let shared = Atomic<Int>(0)
    let fault: Fault
    var random = SeededGenerator(seed: 0)
    var steps = 0

    init(_ fault: Fault) { self.fault = fault }

    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(2) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        random = SeededGenerator(seed: fault == .unseeded ? .random(in: .min ... .max) : seed)
        steps = 0
        write(into: &observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        write(into: &observation)
        if fault == .shared { Self.shared.add(1, ordering: .relaxed) }
        return StepResult(reward: fault == .largeReward && steps == 5 ? 1e12 : Float(action), ending: steps == 9 ? .truncated : .none)
    }

    private mutating func write(into observation: inout MutableSpan<Float>) {
        observation[0] = Float(random.uniform(0, 1))
        guard fault != .unwritten || steps < 4 else { return }
        let shared = fault == .shared ? Self.shared.load(ordering: .relaxed) : 0
        observation[1] = fault == .infinite && steps == 7 ? .infinity : Float(steps + shared)
    }

    func savedState() -> [UInt8]? {
        let saved = fault == .forgets ? SeededGenerator(seed: 0) : random
        return withUnsafeBytes(of: saved) { Array($0) } + [UInt8(steps)]
    }

    mutating func restore(from state: [UInt8]) -> Bool {
        let size = MemoryLayout<SeededGenerator>.size
        guard state.count == size + 1 else { return false }
        withUnsafeMutableBytes(of: &random) { $0.copyBytes(from: state[..<size]) }
        if fault != .remembers { steps = Int(state[size]) }
        return true
    }
}

/// A picture of seven bytes beside a number.
private struct Rover: Environment, MultipartObservation {
    let observationParts = [ObservationSpec.Part("speed", [1]), .init("camera", [1, 1, 7], .uint8)]
    let action = ActionSpec.discrete(2)
    let isWhole: Bool
    var steps: UInt8 = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        steps = 0
        write(into: &observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        steps += 1
        write(into: &observation)
        return StepResult(reward: Float(action), ending: steps == 20 ? .truncated : .none)
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.setFloat(Float(steps), at: 0)
        for pixel in 0..<(isWhole ? 7 : 6) { observation[4 + pixel] = 10 * steps }
    }

    func savedState() -> [UInt8]? { [steps] }

    mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == 1 else { return false }
        steps = state[0]
        return true
    }
}
