import StarlingExperience

/// Who is known by name in this run: accounts, their numbers, and which of those who have left are still remembered.
package struct Roster {
    /// Names that are remembered.
    package static let limit = 65_536

    private(set) var accounts: [String: ActorAccount] = [:]
    private var ordinals: Set<UInt32> = []
    private var nextOrdinal: UInt32 = 0
    /// Accounts that were closed: of those who handed unrolls over, and of those who only said to have some.
    private var closed = ClosedAccounts(limit: 4096)
    private var emptyHanded = ClosedAccounts(limit: 64)
    private var closings: UInt64 = 0

    package init() {}

    package var count: Int { accounts.count }

    package subscript(instance: String) -> ActorAccount? { accounts[instance] }

    /// Whether one more can be remembered.
    package func hasRoom(for instance: String) -> Bool { accounts.count < Self.limit || accounts[instance] != nil }

    /// Remembers one under its name, whose ordinal is taken.
    package mutating func add(_ account: ActorAccount) { accounts[account.identity.instance] = account }

    /// A number for an actor: the one that it wants if that is free, else the lowest that is.
    package mutating func takeOrdinal(_ wish: UInt32?) -> UInt32 {
        if let wish, wish < 1 << 24, ordinals.insert(wish).inserted { return wish }
        while !ordinals.insert(nextOrdinal).inserted { nextOrdinal += 1 }
        return nextOrdinal
    }

    /// Forgets one; its ordinal goes to the next.
    package mutating func forget(_ instance: String) -> ActorAccount? {
        guard let account = accounts.removeValue(forKey: instance) else { return nil }
        ordinals.remove(account.identity.ordinal)
        nextOrdinal = min(nextOrdinal, account.identity.ordinal)
        return account
    }

    /// Names of those who have left take room: such that had no unroll are forgotten at once, and of the others those that left
    /// first. Few are kept of those who never handed one over, which costs nothing to say.
    /// - Returns: whom to forget for this one.
    package mutating func noteClosing(of account: ActorAccount) -> String? {
        guard account.isInBooks || account.unsupported != nil else { return account.identity.instance }
        closings += 1
        account.closing = closings
        let entry = ClosedAccount(instance: account.identity.instance, closing: closings)
        guard let first = account.acknowledged > 0 ? closed.add(entry) : emptyHanded.add(entry) else { return nil }
        guard let oldest = accounts[first.instance], oldest.isClosed, oldest.closing == first.closing else { return nil }
        return first.instance
    }
}
