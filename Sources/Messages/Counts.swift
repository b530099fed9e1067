package import StarlingExperience

/// An actor's own account of its unrolls in this run, told with EXPERIENCE, PING and BYE.
/// The incarnation's last account closes it in the ledger.
package struct ActorCounts: Hashable, Sendable {
    /// Sequence of the newest complete unroll: all the incarnation ever produced.
    package var produced: UInt64
    /// Sequence of the newest unroll sent in this session; below the learner's cursor before the first.
    package var sentThrough: UInt64
    /// Environment steps taken, which prove that the loop runs.
    package var steps: UInt64
    /// What the loop's time went to. EXPERIENCE tells `waiting` alone, and 0 where its sender doesn't know.
    package var times: ActorTimes

    package init(
        produced: UInt64 = 0, sentThrough: UInt64 = 0, steps: UInt64 = 0, times: ActorTimes = ActorTimes()
    ) {
        self.produced = produced
        self.sentThrough = sentThrough
        self.steps = steps
        self.times = times
    }
}

/// Which parameters there are to pull.
package struct Announcement: Hashable, Sendable {
    package var version: ParameterVersion
    /// XXH64 of the whole blob.
    package var digest: UInt64
    /// Bytes of the whole blob.
    package var byteCount: UInt64
    /// By which the learner knows this version as its own.
    package var tag: UInt64
    /// What the acting rule goes by with them.
    package var scalars: ActingScalars

    package init(
        version: ParameterVersion, digest: UInt64, byteCount: UInt64, tag: UInt64 = 0,
        scalars: ActingScalars = ActingScalars()
    ) {
        self.scalars = scalars
        self.version = version
        self.digest = digest
        self.byteCount = byteCount
        self.tag = tag
    }

    package init(_ snapshot: ParameterSnapshot) {
        self.init(
            version: snapshot.version, digest: snapshot.digest, byteCount: UInt64(snapshot.bytes.count), tag: snapshot.tag,
            scalars: snapshot.scalars)
    }

    /// One frame holds the blob: it goes ahead of credit instead of being asked for without.
    package var isSmall: Bool { byteCount <= UInt64(WireLimits.frameByteCount) }
}
