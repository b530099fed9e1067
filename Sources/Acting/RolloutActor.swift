package import StarlingEnvironments
package import StarlingExperience
import StarlingLatentPolicy
package import StarlingTransport

/// Environments of one actor, stepped in groups of `E` with the current latent policy: every group makes one unroll
/// at a time. Parameters change only between unrolls, so one version stands behind all of an unroll.
package final class RolloutActor {
    package let assignment: Assignment
    package let layout: UnrollLayout

    private let acting: ActingPlan
    private let groups: [RolloutGroup]
    /// Room for a cursor of every group.
    private let cursors: UnsafeMutableBufferPointer<UnrollCursor>
    /// The group whose turn is next, so that all advance alike when credit is short.
    private var nextGroup = 0

    /// Builds plan and environments and resets them.
    package init(_ assignment: Assignment, environments: EnvironmentRegistry) throws {
        self.assignment = assignment
        layout = UnrollLayout(environment: assignment.environment, acting: assignment.acting)
        let width = assignment.acting.environmentsPerUnroll
        let groupCount = max(1, assignment.environmentsPerActor / width)
        acting = try ActingPlan(
            LatentPolicy(model: assignment.model, environment: assignment.environment),
            latentMode: assignment.acting.latentMode, maximumRows: groupCount * width)
        let entry = try environments.entry(for: assignment.environment)
        cursors = .allocate(capacity: groupCount)
        groups = (0 ..< groupCount).map {
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
    ///   - send: takes each finished unroll; its sequence number is the sender's to give.
    package func rollOut(
        groups count: Int, makeBlock: (Int) -> UnrollBlock, send: (UnrollBlock, UnrollHeader) -> Void
    ) {
        guard let version = acting.version else { preconditionFailure("a rollout before the first parameters") }
        let active = (0 ..< min(count, groups.count)).map { groups[(nextGroup + $0) % groups.count] }
        nextGroup = (nextGroup + active.count) % groups.count
        let blocks = active.map { _ in makeBlock(layout.byteCount) }
        withExtendedLifetime((active, blocks)) {
            for index in active.indices {
                cursors[index] = UnrollCursor(active[index], MutableUnrollView(layout, blocks[index].base))
            }
            step(UnsafeMutableBufferPointer(rebasing: cursors[..<active.count]))
        }
        for (group, block) in zip(active, blocks) {
            send(block, group.finishUnroll(MutableUnrollView(layout, block.base), version: version, digest: acting.digest))
        }
    }

    /// Fills the unrolls of all cursors, row by row. No step allocates or counts references.
    private func step(_ cursors: UnsafeMutableBufferPointer<UnrollCursor>) {
        let (buffers, key) = (acting.buffers, assignment.noiseKey)
        let rows = cursors.count * layout.environmentCount
        if let noise = buffers.noise {
            for index in cursors.indices { cursors[index].writeNoiseNames(to: noise, group: index, key: key) }
        }
        for _ in 0 ..< layout.unrollLength {
            for index in cursors.indices { cursors[index].write(to: buffers, group: index) }
            acting.run(rows: rows)
            for index in cursors.indices { cursors[index].act(on: buffers.logits, group: index, key: key) }
        }
    }
}
