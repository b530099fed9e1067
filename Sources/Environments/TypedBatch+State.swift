import StarlingExperience

// The bytes of a batch, little-endian as the machine: magic, E, then per environment its `BatchProgress`, its `EpisodeCost` where steps
// have costs, the size of its state and the state; then the finished episodes that nobody has taken.

extension TypedBatch {
    private static var magic: UInt64 { 0x3148_4354_4142_5453 }  // "STBATCH1"

    func savedState() -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.append(valueBytes: Self.magic)
        bytes.append(valueBytes: UInt64(count))
        for (i, slot) in loop.slots.enumerated() {
            guard let state = slot.environment.savedState() else { return nil }
            bytes.append(valueBytes: slot.progress)
            if spec.tellsCost { bytes.append(valueBytes: loop.costs[i]) }
            bytes.append(valueBytes: UInt64(state.count))
            bytes.append(contentsOf: state)
        }
        bytes.append(finished: loop.finished.entries)
        return bytes
    }

    func restore(from state: [UInt8]) throws {
        var reader = StateReader(state)
        guard reader.read(UInt64.self) == Self.magic else { throw badState("it doesn't begin as one") }
        guard reader.read(UInt64.self) == UInt64(count) else { throw badState("its number of environments differs") }
        for i in 0..<count {
            guard let progress = reader.read(BatchProgress.self),
                let cost = spec.tellsCost ? reader.read(EpisodeCost.self) : EpisodeCost(), let size = reader.read(UInt64.self),
                let own = reader.bytes(size)
            else { throw badState("it is too short") }
            guard progress.canGoOn else { throw badState("no environment stands where \(i) does") }
            guard loop.slots[i].environment.restore(from: own) else { throw badState("environment \(i) refused its part") }
            loop.slots[i].progress = progress
            if spec.tellsCost { loop.costs[i] = cost }
        }
        try restoreFinished(&reader)
    }

    private func restoreFinished(_ reader: inout StateReader) throws {
        guard let episodes = reader.read(UInt64.self) else { throw badState("it is too short") }
        guard let finished = reader.finished(episodes, of: count), reader.isAtEnd else {
            throw badState("its finished episodes are damaged")
        }
        loop.finished.entries = finished
    }

    private func badState(_ why: String) -> EnvironmentError {
        EnvironmentError(
            .badState,
            "These bytes are no saved state of \(count) × '\(spec.name)': \(why). "
                + "Resume with the program and settings that wrote them.")
    }
}

extension BatchProgress {
    /// Its counts have room for what comes.
    fileprivate var canGoOn: Bool { length < .max / 2 && episode < .max / 2 }
}
