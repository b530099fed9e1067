import StarlingCompute
import StarlingExperience
package import StarlingSafetensors
import StarlingStorage

// What a checkpoint says of the training is believed without a second look, and counted on from there.

extension TrainingState: CheckpointState {
    /// A million steps a second get here after nine years; sums of such counts never overflow.
    private static let countLimit = LedgerBooks.countLimit

    /// What no training comes to; nil when a run can go on from here.
    package var fault: String? {
        let counts = [
            ("updates", update), ("frames", frames), ("episodes", episodes), ("steps of its optimizer", optimizerSteps),
            ("evaluations", evaluations), ("updates before the next try of the goal", nextGoalTry),
            ("observations offered to the reservoir", reservoirOffers), ("draws of the reservoir", reservoirDraws),
            ("unrolls of the replay buffer", replay?.inserted ?? 0), ("draws of the replay buffer", replay?.draws ?? 0),
        ]
        for (name, count) in counts where count > Self.countLimit { return "it tells of \(count) \(name)" }
        if isGoalTried, evaluations == 0 { return "its goal is being tried without an evaluation" }
        if !(0...Double(Self.countLimit)).contains(trainingSeconds) { return "it tells of \(trainingSeconds) s of training" }
        for (generation, start) in generationStarts where start > update {
            return "generation \(generation) began at update \(start), and it is of update \(update)"
        }
        return recentReturns.fault ?? cost?.fault ?? books.fault ?? serial?.fault ?? tuning?.fault
    }

    package func fault(of actors: [NamedArray]) -> String? { serial?.fault(of: actors) }
}

extension Tuning {
    /// Rows are divided by some of these numbers.
    fileprivate var fault: String? {
        let limits = [largestSmallProduct, largestTile, largestImageTile, smallestSharedProduct, smallestSharedSum]
        return limits.first { !(1...1 << 40).contains($0) }.map { "\($0) is among the limits of its tuning" }
    }
}

extension SerialState {
    fileprivate var fault: String? {
        for actor in actors {
            let name = "its actor \(actor.instance)"
            guard actor.steps.indices.contains(actor.nextGroup) else {
                return "\(name) goes on with group \(actor.nextGroup) of \(actor.steps.count)"
            }
            for count in actor.steps + [actor.produced] where count > LedgerBooks.countLimit {
                return "\(name) tells of \(count) steps or unrolls"
            }
        }
        guard Set(actors.map(\.instance)).count == actors.count else { return "two of its actors have one name" }
        return nil
    }

    /// Every group has arrays, and every array a group.
    fileprivate func fault(of arrays: [NamedArray]) -> String? {
        let groups = Set(actors.flatMap { actor in actor.steps.indices.map { "\(actor.instance).\($0)" } })
        let owners = Set(arrays.map { $0.name.split(separator: ".").dropLast().joined(separator: ".") })
        if let group = groups.subtracting(owners).min() { return "it has no arrays of group \(group)" }
        return owners.subtracting(groups).min().map { "its arrays \"\($0)\" belong to no group" }
    }
}
