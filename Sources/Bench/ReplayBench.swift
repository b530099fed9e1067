private import StarlingExperience
private import StarlingReplay

/// What a replay buffer takes and how fast it takes in and gives out: 10 × 10 × 4 bytes of observations and six actions, MinAtar's.
package struct ReplayBench {
    package struct Settings: Sendable {
        /// Steps that are kept.
        package var steps = 1_000_000
        /// Drawn at a time, as for a step of the optimiser.
        package var batch = 32
        /// Of each measurement.
        package var seconds = 1.0

        package init() {}
    }

    private let settings: Settings
    private let layout = UnrollLayout(
        environment: EnvironmentSpec(
            name: "cells", observation: ObservationSpec(shape: [4, 10, 10], scalar: .uint8), action: .discrete(6)),
        model: ModelSpec(
            encoder: .dense([]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .relu, latentCount: 1,
            likelihood: .bernoulli, representation: .none, observationScale: []),
        acting: ActingSpec(latentMode: .mean, unrollLength: 20, environmentsPerUnroll: 4))

    package init(_ settings: Settings) { self.settings = settings }

    package func run() -> ReplayReport {
        let runs = [false, true].map { run(isPrioritized: $0) }
        // Of a step: observation, action, reward, log-probability, logits, kind.
        let row = layout.observation.byteCount + 4 + 4 + 4 + 4 * layout.actionParameterCount + 1
        return ReplayReport(rowBytes: row, batch: settings.batch, steps: settings.steps, uniform: runs[0], prioritized: runs[1])
    }

    private func run(isPrioritized: Bool) -> ReplayReport.Run {
        let replay = ReplayBuffer(layout, steps: settings.steps, sequence: 1, isPrioritized: isPrioritized, seed: 1)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let unroll = UnrollView(layout, block)
        let filling = Timing.measure { for _ in 0..<replay.capacity { replay.insert(unroll) } }
        var places = [ReplayBuffer.Place](repeating: ReplayBuffer.Place(unroll: 0, row: 0, environment: 0), count: settings.batch)
        let times = Timing.times(seconds: settings.seconds) {
            for round in 0..<100 {
                _ = replay.draw(settings.batch) { number, place, _ in places[number] = place }
                guard isPrioritized else { continue }
                for (number, place) in places.enumerated() {
                    replay.setPriority(Float((number &* 7 &+ round) % 13) / 13, of: place)
                }
            }
        }
        return ReplayReport.Run(
            bytes: replay.byteCount, steps: replay.stepCount, insertedPerSecond: Double(replay.stepCount) / filling,
            drawnPerSecond: 1000 * 100 * Double(settings.batch) / times.median)
    }
}
