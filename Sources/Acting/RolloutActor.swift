package import StarlingCompute
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
    private var loop: RolloutLoop
    let groups: [RolloutGroup]
    /// For the rows of one group at a time.
    private let actions: ActionMemory
    /// Room for a cursor of every group.
    private let cursors: UnsafeMutableBufferPointer<UnrollCursor>
    /// The group whose turn is next, so that all advance alike when credit is short.
    var nextGroup = 0

    /// Builds plan and environments and resets them.
    /// - Parameter share: which of the actor's groups.
    package init(
        _ assignment: Assignment, share: Share = .all, environments: EnvironmentRegistry, compute: ComputeContext = .cpu()
    ) throws {
        self.assignment = assignment
        layout = UnrollLayout(
            environment: assignment.environment, model: assignment.model, acting: assignment.acting)
        let width = assignment.acting.environmentsPerUnroll
        let numbers = share.part(of: assignment.environmentsPerActor / width)
        let policy = LatentPolicy(model: assignment.model, environment: assignment.environment)
        actions = ActionMemory(
            policy, assignment.acting.rule, rows: width, epsilonSpread: assignment.acting.epsilonSpread)
        let mode = assignment.acting.latentMode
        acting = try ActingPlan(
            policy, latentMode: mode, layoutMode: mode, planning: assignment.acting.experiencePlanning,
            maximumRows: max(1, numbers.count) * width, compute: compute)
        loop = RolloutLoop(acting, noiseKey: assignment.noiseKey)
        let entry = try environments.entry(for: assignment.environment)
        let layout = layout
        let batches = try entry.makeBatches(assignment.environment, groups: numbers.count, width: width)
        groups = try zip(numbers, batches).map { group, batch in
            let first = group * width
            return try RolloutGroup(
                batch, seeds: (first..<first + width).map(assignment.environmentSeed),
                firstEnvironment: first, layout)
        }
        cursors = .allocate(capacity: max(1, groups.count))
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
    ///   - send: takes the finished unrolls; their sequence numbers are the sender's to give.
    /// - Returns: how long inference and sending took.
    /// - Throws: `EnvironmentError` when environments can be stepped no more; the unrolls are lost then, and this actor is of no use.
    @discardableResult
    package func rollOut(
        groups count: Int, makeBlock: (Int) -> UnrollBlock, stepped: (Int) -> Void = { _ in },
        send: ([CompletedUnroll]) -> Void
    ) throws -> RolloutTimes {
        guard let version = acting.version else { preconditionFailure("a rollout before the first parameters") }
        let active = (0..<min(count, groups.count)).map { groups[(nextGroup + $0) % groups.count] }
        nextGroup = (nextGroup + active.count) % groups.count
        let blocks = active.map { _ in makeBlock(layout.byteCount) }
        var times = RolloutTimes()
        try withExtendedLifetime((active, blocks, actions)) {
            let sampler = actions.sampler(acting.scalars)
            for index in active.indices {
                cursors[index] = UnrollCursor(active[index], MutableUnrollView(layout, blocks[index].base), sampler)
            }
            let width = layout.environmentCount
            times.inference = try loop.step(
                UnsafeMutableBufferPointer(rebasing: cursors[..<active.count]), rows: layout.unrollLength, width: width,
                isConcurrent: active.allSatisfy { $0.concurrent != nil }
            ) { _ in
                stepped(active.count * width)
                return true
            }
        }
        let start = Deadline.now
        send(
            zip(active, blocks).map { group, block in
                defer { group.finish(MutableUnrollView(layout, block.base)) }
                return CompletedUnroll(block, header(of: group, version))
            })
        times.transport = Deadline.now.nanoseconds &- start.nanoseconds
        return times
    }

    /// The numbers that travel beside the unroll that a group has just filled.
    private func header(of group: RolloutGroup, _ version: ParameterVersion) -> UnrollHeader {
        var header = UnrollHeader(
            sequence: 0, version: version, digest: acting.digest, tag: acting.tag, scalars: acting.scalars,
            firstStep: group.step, firstEnvironment: UInt32(group.firstEnvironment), noiseKey: loop.noiseKey, episodes: [])
        group.environments.takeFinishedEpisodes { _, episode in header.episodes.append(episode) }
        return header
    }
}

/// Which of an actor's groups a loop steps: all loops together step them all.
package struct Share: Hashable, Sendable {
    package let loop: Int
    /// Of how many.
    package let count: Int

    package init(loop: Int, of count: Int) { (self.loop, self.count) = (loop, count) }

    /// Of an actor with one loop.
    package static let all = Self(loop: 0, of: 1)

    /// Its part of so many, the same for all where that comes out even.
    func part(of total: Int) -> Range<Int> { total * loop / count..<total * (loop + 1) / count }
}
