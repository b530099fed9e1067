package import StarlingEnvironments
package import StarlingExperience
import StarlingLatentPolicy
import StarlingThreads
package import StarlingTransport

/// Environments of one actor, stepped in groups of `E` with the current latent policy: every group makes one unroll
/// at a time. Parameters change only between unrolls, so one version stands behind all of an unroll.
package final class RolloutActor {
    package let assignment: Assignment
    package let layout: UnrollLayout

    private let acting: ActingPlan
    let groups: [RolloutGroup]
    /// For the rows of one group at a time.
    private let actions: ActionMemory
    /// Room for a cursor of every group.
    private let cursors: UnsafeMutableBufferPointer<UnrollCursor>
    /// The group whose turn is next, so that all advance alike when credit is short.
    var nextGroup = 0
    /// The first row whose inference is timed in the next rollout.
    private var firstTimedRow = 0
    /// One row in so many is timed.
    private static let timedRowStride = 8

    /// Builds plan and environments and resets them.
    package init(_ assignment: Assignment, environments: EnvironmentRegistry) throws {
        self.assignment = assignment
        layout = UnrollLayout(
            environment: assignment.environment, model: assignment.model, acting: assignment.acting)
        let width = assignment.acting.environmentsPerUnroll
        let groupCount = max(1, assignment.environmentsPerActor / width)
        let policy = LatentPolicy(model: assignment.model, environment: assignment.environment)
        actions = ActionMemory(policy, rows: width)
        let mode = assignment.acting.latentMode
        acting = try ActingPlan(policy, latentMode: mode, layoutMode: mode, maximumRows: groupCount * width)
        let entry = try environments.entry(for: assignment.environment)
        cursors = .allocate(capacity: groupCount)
        groups = (0..<groupCount).map {
            RolloutGroup(assignment, firstEnvironment: $0 * width, environments: entry.makeBatch(count: width))
        }
    }

    deinit { cursors.deallocate() }

    package var groupCount: Int { groups.count }
    /// A version was adopted: `rollOut` may be called.
    package var hasParameters: Bool { acting.version != nil }
    /// Bytes of the model's parameters.
    package var parameterByteCount: Int { acting.parameterByteCount }

    package func adopt(_ snapshot: ParameterSnapshot) -> Bool { acting.adopt(snapshot) }

    /// Steps the next `count` groups by one unroll each.
    ///
    /// Needs parameters: see `hasParameters`.
    /// - Parameters:
    ///   - makeBlock: room for one unroll.
    ///   - stepped: told after every row that environments were stepped, and how many.
    ///   - send: takes each finished unroll; its sequence number is the sender's to give.
    /// - Returns: how long inference and sending took.
    @discardableResult
    package func rollOut(
        groups count: Int, makeBlock: (Int) -> UnrollBlock, stepped: (Int) -> Void = { _ in },
        send: (UnrollBlock, UnrollHeader) -> Void
    ) -> RolloutTimes {
        guard let version = acting.version else { preconditionFailure("a rollout before the first parameters") }
        let active = (0..<min(count, groups.count)).map { groups[(nextGroup + $0) % groups.count] }
        nextGroup = (nextGroup + active.count) % groups.count
        let blocks = active.map { _ in makeBlock(layout.byteCount) }
        var times = RolloutTimes()
        withExtendedLifetime((active, blocks, actions)) {
            for index in active.indices {
                cursors[index] = UnrollCursor(
                    active[index], MutableUnrollView(layout, blocks[index].base), actions.sampler)
            }
            times.inference = step(UnsafeMutableBufferPointer(rebasing: cursors[..<active.count]), stepped)
        }
        let start = Deadline.now
        for (group, block) in zip(active, blocks) {
            let view = MutableUnrollView(layout, block.base)
            send(block, group.finishUnroll(view, version: version, digest: acting.digest, tag: acting.tag))
        }
        times.transport = Deadline.now.nanoseconds &- start.nanoseconds
        return times
    }

    /// Fills the unrolls of all cursors, row by row. No step allocates or counts references.
    /// - Returns: nanoseconds of inference, from some of the rows.
    private func step(_ cursors: UnsafeMutableBufferPointer<UnrollCursor>, _ stepped: (Int) -> Void) -> UInt64 {
        let (buffers, key) = (acting.buffers, assignment.noiseKey)
        let rows = cursors.count * layout.environmentCount
        if let noise = buffers.noise {
            for index in cursors.indices { cursors[index].writeNoiseNames(to: noise, group: index, key: key) }
        }
        var (timed, timedRows) = (UInt64(0), UInt64(0))
        // Another row each time, so that no place in an unroll counts more than others.
        var nextTimedRow = firstTimedRow % layout.unrollLength
        firstTimedRow = (firstTimedRow + 1) % Self.timedRowStride
        for row in 0..<layout.unrollLength {
            for index in cursors.indices { cursors[index].write(to: buffers, group: index) }
            if row == nextTimedRow {
                let start = Deadline.now.nanoseconds
                acting.run(rows: rows)
                timed &+= Deadline.now.nanoseconds &- start
                timedRows += 1
                nextTimedRow += Self.timedRowStride
            } else {
                acting.run(rows: rows)
            }
            for index in cursors.indices { cursors[index].act(on: buffers, group: index, key: key) }
            stepped(rows)
        }
        return timed / timedRows * UInt64(layout.unrollLength)
    }
}
