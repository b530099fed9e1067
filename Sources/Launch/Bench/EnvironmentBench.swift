import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingThreads

/// Steps environments with random actions as an actor does, without a policy and without a learner.
struct EnvironmentBench {
    private let batches: [any EnvironmentBatch]
    private let rows: UnsafeMutableRawBufferPointer
    private let width: Int
    /// `[rows][E]`, `[rows][E, P]` or `[rows][E, K]`, taken in turns.
    private let actions: [UnsafeMutableRawBufferPointer]
    /// What may be done next in each group, `[groups][E, A]`; empty where environments don't say.
    private let masks: [UnsafeMutableBufferPointer<UInt8>]

    /// - Parameters:
    ///   - groups: that are stepped in turns.
    ///   - width: environments of a group.
    init(_ entry: EnvironmentRegistry.Entry, _ spec: EnvironmentSpec, groups: Int, width: Int) throws {
        batches = try entry.makeBatches(spec, groups: groups, width: width)
        self.width = width
        rows = .allocate(byteCount: width * spec.observation.byteCount, alignment: 64)
        var random = SeededGenerator(seed: 1)
        actions = (0..<64).map { _ in Self.actions(spec.action, width, &random) }
        let maskCount = spec.masksActions ? width * spec.action.parameterCount : 0
        masks = batches.map { _ in .allocate(capacity: maskCount) }
        for (group, batch) in batches.enumerated() {
            try batch.reset(seeds: (0..<width).map { Seed.mix(1, UInt64(group * width + $0)) }, into: rows)
            if maskCount > 0 { try batch.writeActionMasks(into: masks[group]) }
        }
    }

    private static func actions(_ spec: ActionSpec, _ width: Int, _ random: inout SeededGenerator) -> UnsafeMutableRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * width * spec.width, alignment: 64)
        for place in 0..<width * spec.width {
            switch spec {
            case .multiDiscrete(let counts):
                bytes.storeBytes(of: Int32(random.below(counts[place % counts.count])), toByteOffset: 4 * place, as: Int32.self)
            case .discrete(let count): bytes.storeBytes(of: Int32(random.below(count)), toByteOffset: 4 * place, as: Int32.self)
            case .continuous(let low, let high):
                let number = place % low.count
                bytes.storeBytes(
                    of: Float(random.uniform(Double(low[number]), Double(high[number]))), toByteOffset: 4 * place, as: Float.self)
            }
        }
        return bytes
    }

    /// Random actions, in the place of each that its mask forbids the next one that it allows.
    private func allowed(_ actions: UnsafeMutableRawBufferPointer, _ group: Int) -> UnsafeRawBufferPointer {
        let masks = masks[group]
        guard !masks.isEmpty else { return UnsafeRawBufferPointer(actions) }
        let (chosen, parts) = (actions.bindMemory(to: Int32.self), batches[group].spec.action.parts)
        var first = 0
        for place in chosen.indices {
            let count = parts[place % parts.count]
            while masks[first + Int(chosen[place])] == 0 { chosen[place] = (chosen[place] + 1) % Int32(count) }
            first += count
        }
        return UnsafeRawBufferPointer(actions)
    }

    func close() {
        for part in masks { part.deallocate() }
        rows.deallocate()
        for part in actions { part.deallocate() }
    }

    /// - Returns: steps a second; rows that only begin episodes are none.
    func measure(seconds: Double) throws -> Double {
        var steps = 0
        var row = 0
        let start = Deadline.now
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { rewards in
            try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width) { kinds in
                rewards.initialize(repeating: 0)
                kinds.initialize(repeating: 0)
                while Deadline.now.seconds(since: start) < seconds {
                    // In turns, so that one group steps while the last one's rows are taken over.
                    for group in batches.indices {
                        let drawn = actions[(row + group) % actions.count]
                        if let batch = batches[group] as? any ConcurrentBatch {
                            if row > 0 { steps += try finish(batch, group, rewards, kinds) }
                            try batch.begin(actions: allowed(drawn, group))
                        } else {
                            try batches[group].step(actions: allowed(drawn, group), into: rows, rewards: rewards, kinds: kinds)
                            try writeMasks(group)
                            steps += Self.steps(kinds)
                        }
                    }
                    row += 1
                }
                for case (let group, let batch as any ConcurrentBatch) in batches.enumerated() {
                    steps += try finish(batch, group, rewards, kinds)
                }
            }
        }
        for batch in batches { batch.takeFinishedEpisodes { _, _ in } }
        return Double(steps) / Deadline.now.seconds(since: start)
    }

    private func finish(
        _ batch: any ConcurrentBatch, _ group: Int, _ rewards: UnsafeMutableBufferPointer<Float>,
        _ kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws -> Int {
        try batch.finish(into: rows, rewards: rewards, kinds: kinds)
        try writeMasks(group)
        return Self.steps(kinds)
    }

    private func writeMasks(_ group: Int) throws {
        if !masks[group].isEmpty { try batches[group].writeActionMasks(into: masks[group]) }
    }

    private static func steps(_ kinds: UnsafeMutableBufferPointer<UInt8>) -> Int { kinds.count { $0 != StepKind.reset.rawValue } }
}

/// The same environment by Gymnasium's own vectors, in the same Python.
enum GymnasiumVectors: String, CaseIterable {
    case sync, async
    case own = "vector_entry_point"

    /// - Returns: steps a second; nil where Gymnasium can't do it so.
    func measure(_ options: EnvironmentOptions, python: String, environments: Int, seconds: Double) throws -> Double? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", Self.script, options.json, rawValue, "\(environments)", "\(seconds)"]
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "SDL_VIDEODRIVER": "dummy"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return text.split(separator: "\n").last.flatMap { Double($0) }
    }

    private static let script = """
        import importlib, json, sys, time
        import gymnasium as gym, numpy as np
        options, mode, count, seconds = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
        if options.get("module"):
            importlib.import_module(options["module"])
        kwargs, more = dict(options.get("kwargs") or {}), {}
        if any(wrapper.startswith("Atari") for wrapper in options.get("wrappers") or []):
            if mode == "vector_entry_point":
                kwargs.update(stack_num=1, noop_max=0, reward_clipping=False, use_fire_reset=False, num_threads=1)
            else:
                kwargs["frameskip"] = 1
                more["wrappers"] = [lambda env: gym.wrappers.AtariPreprocessing(env, noop_max=0)]
        envs = gym.make_vec(options["id"], num_envs=count, vectorization_mode=mode, **more, **kwargs)
        envs.reset(seed=1)
        envs.action_space.seed(1)
        actions = [envs.action_space.sample() for _ in range(64)]
        steps, row, start = 0, 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            _, _, terminated, truncated, _ = envs.step(actions[row % 64])
            # An ending costs a step that only begins the next episode.
            steps += count - int(np.count_nonzero(terminated | truncated))
            row += 1
        print(steps / (time.perf_counter() - start))
        envs.close()
        """
}
