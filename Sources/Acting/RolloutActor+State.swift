import StarlingEnvironments

/// Where an actor's environments stand between two unrolls.
package struct RolloutState: Sendable {
    /// Which group steps next.
    package var nextGroup: Int
    package var groups: [Group]

    package struct Group: Sendable {
        /// Steps it has taken.
        package var step: UInt64
        /// Whatever else its next step depends on, by name.
        package var bytes: [String: [UInt8]]

        package init(step: UInt64, bytes: [String: [UInt8]]) {
            self.step = step
            self.bytes = bytes
        }
    }

    package init(nextGroup: Int, groups: [Group]) {
        self.nextGroup = nextGroup
        self.groups = groups
    }
}

extension RolloutActor {
    /// What the next steps depend on, besides parameters; nil when the environment can't save itself.
    package var savedState: RolloutState? {
        var state = RolloutState(nextGroup: nextGroup, groups: [])
        for group in groups {
            guard let bytes = group.savedBytes else { return nil }
            state.groups.append(RolloutState.Group(step: group.step, bytes: bytes))
        }
        return state
    }

    /// Goes on where another actor of the same assignment was.
    /// - Throws: `EnvironmentError` when the state is of other environments, or of another number of them.
    package func restore(_ state: RolloutState) throws {
        guard state.groups.count == groups.count else {
            throw EnvironmentError(
                .badState, "The saved state is of \(state.groups.count) groups of environments, and this actor has \(groups.count).")
        }
        guard groups.indices.contains(state.nextGroup) else {
            throw EnvironmentError(
                .badState, "The saved state goes on with group \(state.nextGroup), and this actor has \(groups.count).")
        }
        nextGroup = state.nextGroup
        for (group, saved) in zip(groups, state.groups) { try group.restore(saved) }
    }
}

extension RolloutGroup {
    private static let environmentsName = "environments"
    private static let openingName = "opening"
    private static let coreStatesName = "core_states"

    var savedBytes: [String: [UInt8]]? {
        guard let state = environments.savedState() else { return nil }
        return [
            Self.environmentsName: state, Self.openingName: Array(opening),
            Self.coreStatesName: Array(UnsafeRawBufferPointer(coreStates)),
        ]
    }

    func restore(_ saved: RolloutState.Group) throws {
        guard let state = saved.bytes[Self.environmentsName], let rows = saved.bytes[Self.openingName],
            let states = saved.bytes[Self.coreStatesName], rows.count == opening.count,
            states.count == UnsafeRawBufferPointer(coreStates).count
        else { throw EnvironmentError(.badState, "The saved state is of other environments.") }
        try environments.restore(from: state)
        opening.copyBytes(from: rows)
        UnsafeMutableRawBufferPointer(coreStates).copyBytes(from: states)
        step = saved.step
        if !openingMasks.isEmpty { try environments.writeActionMasks(into: openingMasks) }
    }
}
