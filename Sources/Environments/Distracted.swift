public import StarlingExperience

/// A task with more planes beside its own, of nothing but noise: each number of them is drawn anew at every step, and has nothing to
/// do with the task. What an encoder should learn to leave out.
///
/// Observation: `[C + planes, H, W]` where the task's is `[C, H, W]`; the noise comes last.
public struct Distracted<Task: Environment>: Environment where Task.Scalar == UInt8 {
    package var task: Task
    /// Numbers of the task's observation, and of the noise.
    private let taskCount: Int
    private let noiseCount: Int
    private let shape: [Int]
    /// Exclusive bound of a number of the noise; 256 where it is 0.
    private let levels: UInt8
    private var random = SeededGenerator(seed: 0)

    /// - Parameters:
    ///   - task: with observations `[C, H, W]`.
    ///   - planes: of noise.
    ///   - levels: numbers of the noise are uniform in `0 ..< levels`, 2 to 256 of them.
    public init(_ task: Task, planes: Int, levels: Int) {
        let own = task.observationShape
        precondition(own.count == 3 && planes > 0, "planes beside \(own)")
        precondition((2...256).contains(levels), "noise of \(levels) levels")
        self.task = task
        taskCount = own.reduce(1, *)
        noiseCount = planes * own[1] * own[2]
        shape = [own[0] + planes, own[1], own[2]]
        self.levels = UInt8(truncatingIfNeeded: levels)
    }

    public var observationShape: [Int] { shape }
    public var action: ActionSpec { task.action }
    public var playersAlternate: Bool { task.playersAlternate }
    public var masksActions: Bool { task.masksActions }
    public var tellsCost: Bool { task.tellsCost }
    public func writeActionMask(into mask: inout MutableSpan<UInt8>) { task.writeActionMask(into: &mask) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: Seed.mix(seed, 0))
        var own = observation._mutatingExtracting(first: taskCount)
        task.reset(seed: seed, into: &own)
        writeNoise(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        var own = observation._mutatingExtracting(first: taskCount)
        let result = task.step(action, into: &own)
        writeNoise(into: &observation)
        return result
    }

    private mutating func writeNoise(into observation: inout MutableSpan<UInt8>) {
        var word: UInt64 = 0
        for index in 0..<noiseCount {
            if index % 8 == 0 { word = random.next() }
            let byte = UInt16(truncatingIfNeeded: word & 0xFF)
            observation[taskCount + index] = levels == 0 ? UInt8(byte) : UInt8(truncatingIfNeeded: (byte * UInt16(levels)) >> 8)
            word >>= 8
        }
    }

    public var picture: Picture? { task.picture }
    public var trueState: [Float]? { task.trueState }

    public func savedState() -> [UInt8]? {
        task.savedState().map { withUnsafeBytes(of: random) { Array($0) } + $0 }
    }

    public mutating func restore(from state: [UInt8]) -> Bool {
        let size = MemoryLayout<SeededGenerator>.size
        guard state.count >= size, task.restore(from: Array(state[size...])) else { return false }
        withUnsafeMutableBytes(of: &random) { $0.copyBytes(from: state[..<size]) }
        return true
    }
}
