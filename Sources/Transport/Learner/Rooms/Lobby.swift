package import StarlingExperience
package import StarlingMessages

/// HELLOs that came before there was an offer, and what environments they offered.
package struct Lobby {
    /// HELLOs that are kept.
    package static let limit = 1024

    private var waiting: [(connection: Connection, hello: Hello)] = []
    private var environments: Set<EnvironmentSpec> = []

    package init() {}

    package func contains(_ connection: Connection) -> Bool { waiting.contains { $0.connection == connection } }

    /// Keeps a HELLO, the last of each connection, as long as there is room.
    /// - Returns: environments that nobody offered before.
    package mutating func enter(_ hello: Hello, from connection: Connection) -> [EnvironmentSpec] {
        if let index = waiting.firstIndex(where: { $0.connection == connection }) {
            waiting[index].hello = hello
        } else if waiting.count < Self.limit {
            waiting.append((connection, hello))
        }
        // Nobody can fill it for ever: what was told before may be told again.
        if environments.count > WireLimits.environmentCount { environments.removeAll() }
        return hello.environments.filter { environments.insert($0).inserted }
    }

    package mutating func leave(_ connection: Connection) { waiting.removeAll { $0.connection == connection } }

    /// There is an offer.
    /// - Returns: those who waited, in the order in which they came.
    package mutating func open() -> [(connection: Connection, hello: Hello)] {
        defer { waiting = [] }
        return waiting
    }
}
