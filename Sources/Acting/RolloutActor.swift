import CStarlingKernels
import StarlingCompute
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
        groups = (0 ..< groupCount).map {
            RolloutGroup(assignment, firstEnvironment: $0 * width, environments: entry.makeBatch(count: width))
        }
    }

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
        let views = blocks.map { MutableUnrollView(layout, $0.base) }
        for (group, view) in zip(active, views) { view.observations(at: 0).copyMemory(from: UnsafeRawBufferPointer(group.observations)) }
        for t in 0 ..< layout.unrollLength { step(active, views, at: t) }
        for ((group, view), block) in zip(zip(active, views), blocks) {
            send(block, group.finishUnroll(view, version: version, digest: acting.digest))
        }
    }

    private func step(_ active: [RolloutGroup], _ views: [MutableUnrollView], at t: Int) {
        let width = layout.environmentCount
        let rowBytes = layout.observationRowByteCount
        acting.plan.writeBytes(acting.ports.observation) { rows in
            for (index, view) in views.enumerated() {
                (rows.baseAddress! + index * rowBytes).copyMemory(
                    from: view.observations(at: t).baseAddress!, byteCount: rowBytes)
            }
        }
        if let noise = acting.ports.noise { writeNoise(noise, active, at: t) }
        acting.run(rows: active.count * width)
        let logitCount = width * layout.actionParameterCount
        acting.plan.read(acting.ports.logits) { logits in
            for (index, view) in views.enumerated() {
                let group = active[index]
                let own = logits.baseAddress! + index * logitCount
                view.behaviorLogits(at: t).baseAddress!.update(from: own, count: logitCount)
                starling_categorical(
                    own, Int32(width), Int32(layout.actionParameterCount), assignment.noiseKey,
                    group.step &+ UInt64(t), UInt32(group.firstEnvironment), Draw.action,
                    view.actions(at: t).baseAddress!, view.behaviorLogProbabilities(at: t).baseAddress!)
            }
        }
        for (group, view) in zip(active, views) {
            group.environments.step(
                actions: UnsafeBufferPointer(view.actions(at: t)), into: view.observations(at: t + 1),
                rewards: view.rewards(at: t), kinds: view.kinds(at: t))
        }
    }

    private func writeNoise(_ noise: NoisePorts, _ active: [RolloutGroup], at t: Int) {
        let width = layout.environmentCount
        let key = assignment.noiseKey
        acting.plan.write(noise.key) { $0.update(repeating: key) }
        acting.plan.write(noise.step) { rows in
            for (index, group) in active.enumerated() {
                for e in 0 ..< width { rows[index * width + e] = group.step &+ UInt64(t) }
            }
        }
        acting.plan.write(noise.environment) { rows in
            for (index, group) in active.enumerated() {
                for e in 0 ..< width { rows[index * width + e] = UInt32(group.firstEnvironment + e) }
            }
        }
    }
}
