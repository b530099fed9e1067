import StarlingExperience

extension Hello {
    /// Of another protocol only version and build are read: enough to refuse it by name.
    init(_ wire: WireHello) throws(MessageError) {
        let build = try Check.text(wire.build, "hello.build")
        guard wire.protocolVersion == WireLimits.protocolVersion else {
            self.init(
                protocolVersion: wire.protocolVersion, build: build, instance: "", incarnation: 0, role: .act, run: 0,
                ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [])
            return
        }
        let counts = try ActorCounts(wire.counts)
        let first = try Check.number(wire.firstUnacknowledged, in: 1...counts.produced + 1, "hello.first_unacknowledged")
        try Check.count(wire.environments.count, upTo: WireLimits.environmentCount, "hello.environments")
        var environments: [EnvironmentSpec] = []
        for environment in wire.environments { environments.append(try EnvironmentSpec(environment)) }
        try Check.count(wire.families.count, upTo: WireLimits.environmentCount, "hello.families")
        var families: [String] = []
        for family in wire.families { families.append(try Check.name(family, "hello.families")) }
        self.init(
            protocolVersion: wire.protocolVersion, build: build,
            instance: try Check.name(wire.instance, "hello.instance"),
            incarnation: try Check.number(wire.incarnation, in: 0...WireLimits.incarnation - 1, "hello.incarnation"),
            role: try Check.value(wire.role, "hello.role"), run: wire.run,
            ordinal: wire.hasOrdinal ? wire.ordinal : nil,
            runBaseline: try Check.number(wire.runBaseline, in: 0...first - 1, "hello.run_baseline"),
            firstUnacknowledged: first, counts: counts, environments: environments, families: families,
            threads: max(1, Int(try Check.number(wire.threads, in: 0...UInt32(WireLimits.threadCount), "hello.threads"))),
            readsPayload: wire.readsPayload)
    }

    var wire: WireHello {
        var wire = WireHello()
        wire.protocolVersion = protocolVersion
        wire.build = build
        wire.instance = instance
        wire.incarnation = incarnation
        wire.role = UInt32(role.rawValue)
        wire.run = run
        if let ordinal { wire.ordinal = ordinal }
        wire.runBaseline = runBaseline
        wire.firstUnacknowledged = firstUnacknowledged
        wire.counts = counts.wire
        wire.environments = environments.map(\.wire)
        wire.families = families
        if threads > 1 { wire.threads = UInt32(threads) }
        wire.readsPayload = readsPayload
        return wire
    }
}
