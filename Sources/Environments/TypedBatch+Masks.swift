import StarlingExperience

extension TypedBatch {
    func writeActionMasks(into masks: UnsafeMutableBufferPointer<UInt8>) throws {
        let width = masks.count / count
        masks.update(repeating: 1)
        for i in loop.slots.indices {
            let own = UnsafeMutableBufferPointer(rebasing: masks[i * width..<(i + 1) * width])
            var mask = own.mutableSpan
            loop.slots[i].environment.writeActionMask(into: &mask)
            try check(own, of: i)
        }
    }

    /// What isn't 0 is 1. Behind the last step of an episode nothing need be left.
    private func check(_ mask: UnsafeMutableBufferPointer<UInt8>, of i: Int) throws {
        var first = 0
        for part in loop.actionCounts.indices {
            let places = first..<first + Int(loop.actionCounts[part])
            first = places.upperBound
            var isLeft = false
            for place in places where mask[place] != 0 { (mask[place], isLeft) = (1, true) }
            guard !isLeft else { continue }
            guard loop.slots[i].progress.awaitsReset != 0 else { throw nothingAllowed(i, part) }
            for place in places { mask[place] = 1 }
        }
    }

    private func nothingAllowed(_ i: Int, _ part: Int) -> EnvironmentError {
        let progress = loop.slots[i].progress
        let what = loop.actionCounts.count == 1 ? "no action" : "nothing for part \(part) of an action"
        return EnvironmentError(
            .broken,
            "Environment '\(spec.name)' allows \(what) after step \(progress.length) of an episode (environment \(i) of its batch, episode "
                + "\(progress.episode)): have writeActionMask leave something, or end the episode with the step before.")
    }
}
