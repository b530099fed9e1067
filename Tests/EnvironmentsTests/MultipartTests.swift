import StarlingEnvironments
import StarlingExperience
import Testing

/// Two numbers, three bytes, and what doesn't fill a word behind them.
private struct Rover: Environment, MultipartObservation {
    let observationParts = [ObservationSpec.Part("lamps", [3], .uint8), .init("speed", [2])]
    let action = ActionSpec.discrete(2)
    var time = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        time = 0
        write(Float(seed % 7), into: &observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        time += 1
        write(Float(action) - 0.5, into: &observation)
        return StepResult(reward: 1, ending: time == 3 ? .truncated : .none)
    }

    private func write(_ number: Float, into observation: inout MutableSpan<UInt8>) {
        observation.setFloat(number, at: 0)
        observation.setFloat(-number, at: 1)
        for lamp in 0..<3 { observation[8 + lamp] = UInt8(10 * time + lamp) }
    }
}

private struct Pair: Environment, MultipartObservation {
    let observationParts = [ObservationSpec.Part("left", [2]), .init("right", [1])]
    let action = ActionSpec.discrete(2)

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        for index in 0..<3 { observation[index] = Float(index) }
    }
    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        for index in 0..<3 { observation[index] = Float(index + action) }
        return StepResult(reward: 0)
    }
}

@Suite struct MultipartTests {
    @Test func rowsHoldFloatsThenBytesThenZeros() throws {
        let entry = EnvironmentRegistry.Entry("rover") { Rover() }
        #expect(entry.spec.observation == ObservationSpec(parts: Rover().observationParts) && entry.spec.observation.byteCount == 12)
        let batch = try entry.makeBatch(count: 2)
        let row = UnsafeMutableRawBufferPointer.allocate(byteCount: 24, alignment: 64)
        defer { row.deallocate() }
        row.initializeMemory(as: UInt8.self, repeating: 0xAA)
        try batch.reset(seeds: [1, 2], into: row)
        var (rewards, kinds) = ([Float](repeating: 0, count: 2), [UInt8](repeating: 9, count: 2))
        for step in 1...4 {
            row.initializeMemory(as: UInt8.self, repeating: 0xAA)
            try [Int32(1), 0].withUnsafeBytes { actions in
                try rewards.withUnsafeMutableBufferPointer { rewards in
                    try kinds.withUnsafeMutableBufferPointer { try batch.step(actions: actions, into: row, rewards: rewards, kinds: $0) }
                }
            }
            guard step < 4 else { break }
            for (environment, number) in [(0, Float(0.5)), (1, -0.5)] {
                let base = 12 * environment
                #expect(row.load(fromByteOffset: base, as: Float.self) == number)
                #expect(row.load(fromByteOffset: base + 4, as: Float.self) == -number)
                #expect(row[base + 8..<base + 12].elementsEqual([UInt8(10 * step), UInt8(10 * step + 1), UInt8(10 * step + 2), 0]))
            }
        }
        #expect(kinds == [3, 3] && row[11] == 0 && row[23] == 0)
    }

    @Test func floatsAloneAreNumbers() throws {
        let batch = try EnvironmentRegistry.Entry("pair") { Pair() }.makeBatch(count: 1)
        let row = UnsafeMutableRawBufferPointer.allocate(byteCount: 12, alignment: 64)
        defer { row.deallocate() }
        try batch.reset(seeds: [1], into: row)
        #expect(Array(row.bindMemory(to: Float.self)) == [0, 1, 2])
    }
}
