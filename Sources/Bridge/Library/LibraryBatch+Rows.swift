import CStarlingKernels
import StarlingEnvironments
import StarlingExperience

extension LibraryBatch {
    /// One row, of which nothing is booked unless all of it is good.
    @inline(__always)
    func advance(
        _ actions: UnsafeRawPointer, _ observations: UnsafeMutableRawBufferPointer, _ rewards: UnsafeMutableBufferPointer<Float>,
        _ kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws(WorkerFault) {
        let (active, waiting) = (books.active, books.waiting)
        if waiting > 0 {
            for i in 0..<count where active[i] == 0 { (rewards[i], kinds[i]) = (0, 0) }
        }
        if waiting < count {
            try environments.unsafelyUnwrapped.step(
                UnsafePointer(active.baseAddress!), actions: actions, into: observations.baseAddress!, rewards: rewards.baseAddress!,
                endings: kinds.baseAddress!)
        }
        if !books.costs.isEmpty { try tellCosts() }
        var endings: UInt8 = 0
        for i in 0..<count { endings |= kinds[i] }
        let limit = rewardLimit
        if starling_all_within(rewards.baseAddress, count, -limit, limit) == 0
            || starling_all_at_most(kinds.baseAddress, count, StepKind.truncated.rawValue) == 0
        {
            throw badStep(rewards, kinds)
        }
        if endings & StepKind.terminated.rawValue != 0 || waiting > 0 { try begin(observations, after: kinds) }
        try judge(observations)
        if !masks.isEmpty { try tellMasks(after: kinds) }
        if waiting > 0 {
            for i in 0..<count where active[i] == 0 { (rewards[i], kinds[i]) = (0, StepKind.reset.rawValue) }
        }
        books.book(rewards, kinds, hasOnlySteps: endings == 0 && waiting == 0)
    }

    /// Begins the episodes that follow a termination within this row, or were due.
    @inline(never)
    func begin(
        _ observations: UnsafeMutableRawBufferPointer, after kinds: UnsafeMutableBufferPointer<UInt8>? = nil
    ) throws(WorkerFault) {
        let (books, beginning, seeds) = (books, beginning, seeds)
        for i in 0..<count {
            let begins = books.active[i] == 0 || kinds?[i] == StepKind.terminated.rawValue
            beginning[i] = begins ? 1 : 0
            if begins { seeds[i] = books.nextSeed(of: i) }
        }
        try environments.unsafelyUnwrapped.reset(
            UnsafePointer(beginning.baseAddress!), seeds: UnsafePointer(seeds.baseAddress!), into: observations.baseAddress!)
        if kinds == nil { try judge(observations) }
    }

    @inline(__always)
    private func judge(_ observations: UnsafeMutableRawBufferPointer) throws(WorkerFault) {
        guard floatCount > 0 else { return }
        let (numbers, limit) = (observations.baseAddress!.assumingMemoryBound(to: Float.self), observationLimit)
        let stride = spec.observation.byteCount
        guard stride != 4 * floatCount else {
            if starling_all_within(numbers, count * floatCount, -limit, limit) == 0 { throw badObservation(numbers) }
            return
        }
        for i in 0..<count {
            let row = observations.baseAddress! + i * stride
            (row + stride - padding).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
            if starling_all_within(row.assumingMemoryBound(to: Float.self), floatCount, -limit, limit) == 0 {
                throw badObservation(numbers)
            }
        }
    }

    /// - Parameter kinds: how the episodes went on; nil where all have just begun.
    func tellMasks(after kinds: UnsafeMutableBufferPointer<UInt8>?) throws(WorkerFault) {
        guard !masks.isEmpty, let environments else { return }
        // Who is truncated takes no step next.
        for i in 0..<count { asked[i] = kinds?[i] == StepKind.truncated.rawValue ? 0 : 1 }
        try environments.writeMasks(of: UnsafePointer(asked.baseAddress!), into: masks, spec.action)
    }

    private func tellCosts() throws(WorkerFault) {
        let costs = books.costs
        costs.update(repeating: 0)
        if books.waiting < count {
            try environments.unsafelyUnwrapped.writeCosts(of: UnsafePointer(books.active.baseAddress!), into: costs.baseAddress!)
        }
        let limit = rewardLimit
        guard starling_all_within(costs.baseAddress, count, -limit, limit) == 0 else { return }
        let i = costs.firstIndex { !($0.magnitude <= limit) } ?? 0
        throw .cost(costs[i], of: i, limit: limit)
    }

    // MARK: Faults

    func renew() throws(WorkerFault) {
        do { try patience.pause() } catch { throw .interrupted }
        environments = try LibraryEnvironments(library, options, count: count)
    }

    /// The row of a step that failed: open episodes are truncated at the last good observation. Who was to begin an episode begins it, with
    /// as many new batches as that takes.
    func truncate(
        _ observations: UnsafeMutableRawBufferPointer, _ rewards: UnsafeMutableBufferPointer<Float>,
        _ kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        observations.copyMemory(from: UnsafeRawBufferPointer(last))
        while books.waiting > 0, environments == nil {
            do throws(WorkerFault) {
                try renew()
                try begin(observations)
                try tellMasksOfBeginners()
            } catch {
                environments = nil
                try patience.bear(error)
            }
        }
        last.copyMemory(from: UnsafeRawBufferPointer(observations))
        books.truncate(rewards, kinds)
    }

    /// After a fault nobody but who begins is in a state of the new batch; they all take their next steps from there, or begin.
    private func tellMasksOfBeginners() throws(WorkerFault) {
        guard !masks.isEmpty, let environments else { return }
        for i in 0..<count { asked[i] = beginning[i] }
        try environments.writeMasks(of: UnsafePointer(asked.baseAddress!), into: masks, spec.action)
    }

    private func badStep(_ rewards: UnsafeMutableBufferPointer<Float>, _ kinds: UnsafeMutableBufferPointer<UInt8>) -> WorkerFault {
        let limit = spec.rewardLimit
        if let i = rewards.firstIndex(where: { !($0.magnitude <= limit) }) {
            return .reward(rewards[i], of: i, limit: limit)
        }
        let i = kinds.firstIndex { $0 > StepKind.truncated.rawValue } ?? 0
        return .ending(kinds[i], of: i)
    }

    private func badObservation(_ numbers: UnsafePointer<Float>) -> WorkerFault {
        let (stride, limit) = (spec.observation.byteCount / 4, spec.observationLimit)
        let place = (0..<count * stride).first { $0 % stride < floatCount && !(numbers[$0].magnitude <= limit) } ?? 0
        return .observation(numbers[place], at: place % stride, of: place / stride, limit: limit)
    }
}
