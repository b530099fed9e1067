import StarlingEnvironments
package import StarlingExperience

/// A uniform sample of bounded size of the observations that a policy meets, as the encoder sees them (algorithm R of Vitter 1985).
/// Which are taken is a pure function of the seed and of how many were offered before.
///
/// Offering allocates nothing, but for the true state of an observation that is taken.
package final class ObservationSample {
    /// Most observations, and most numbers of all of them.
    package static let countLimit = 4096
    private static let scalarLimit = 1 << 24

    private let seed: UInt64
    private let capacity: Int
    private let rowByteCount: Int
    private let rows: UnsafeMutableRawBufferPointer  // [capacity, F·D]
    private var offered: UInt64 = 0
    /// Numbers of a true state; 0 where the environment tells none.
    package private(set) var stateCount = 0
    private var stateRows: [Float] = []  // [capacity, S]

    /// - Parameter observation: as the encoder sees it, frames in a stack.
    package init(of observation: ObservationSpec, seed: UInt64) {
        self.seed = seed
        capacity = max(1, min(Self.countLimit, Self.scalarLimit / observation.count))
        rowByteCount = observation.byteCount
        rows = .allocate(byteCount: capacity * rowByteCount, alignment: 64)
    }

    deinit { rows.deallocate() }

    /// Observations that were taken.
    package var count: Int { Int(min(UInt64(capacity), offered)) }
    /// Lends their bytes, `[count, F·D]`.
    package func withObservations<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(rows)[..<(count * rowByteCount)]))
        }
    }
    /// `[count, S]`.
    package var states: ArraySlice<Float> { stateRows.prefix(count * stateCount) }

    /// Offers a row of environments that now stand where its observations show them.
    /// - Parameter isOffered: `[E]`.
    func offer(_ stack: FrameStack, row: Int, of environments: any EnvironmentBatch, where isOffered: [Bool]) {
        for environment in isOffered.indices where isOffered[environment] {
            guard let place = nextPlace() else { continue }
            stack.copy(row: row, environment: environment, to: rows.baseAddress! + place * rowByteCount)
            guard let state = environments.trueState(of: environment) else { continue }
            if stateRows.isEmpty {
                stateCount = state.count
                stateRows = Array(repeating: 0, count: capacity * stateCount)
            }
            precondition(state.count == stateCount, "a true state of \(state.count) numbers after one of \(stateCount)")
            for index in state.indices { stateRows[place * stateCount + index] = state[index] }
        }
    }

    /// Where the next observation goes; nil when it isn't taken.
    private func nextPlace() -> Int? {
        defer { offered += 1 }
        guard offered >= UInt64(capacity) else { return Int(offered) }
        let place = Seed.mix(seed, offered).multipliedFullWidth(by: offered + 1).high
        return place < UInt64(capacity) ? Int(place) : nil
    }
}
