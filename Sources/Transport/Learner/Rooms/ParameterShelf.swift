package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The parameters that can be fetched, and whether all know of the newest.
package struct ParameterShelf {
    /// Versions that are kept for whoever asks.
    private static let latestCount = 2
    /// Older ones that are kept because somebody is in the middle of fetching them.
    private static let fetchedLimit = 4

    package init() {}

    private var latest: [ParameterSnapshot] = []
    private var fetched: [ParameterSnapshot] = []
    /// What is announced of the newest; nil before the first.
    package private(set) var newest: Announcement?
    /// Not every actor with credit has heard of it.
    private(set) var isUntold = false
    private var lastAnnouncement = Deadline(nanoseconds: 0)

    /// The newest, whole.
    package var newestSnapshot: ParameterSnapshot? { latest.last }

    /// Bytes of all that are kept.
    package var byteCount: UInt64 { (latest + fetched).reduce(0) { $0 + UInt64($1.bytes.count) } }

    /// Takes a new version.
    /// - Parameter pulling: versions that somebody is fetching; asked where an older one has to go.
    package mutating func put(_ snapshot: ParameterSnapshot, pulling: () -> Set<ParameterVersion>) {
        latest.append(snapshot)
        newest = Announcement(snapshot)
        isUntold = true
        guard latest.count > Self.latestCount else { return }
        fetched.append(latest.removeFirst())
        let wanted = pulling()
        fetched.removeAll { !wanted.contains($0.version) }
        if fetched.count > Self.fetchedLimit { fetched.removeFirst(fetched.count - Self.fetchedLimit) }
    }

    /// One of the latest.
    package func latest(_ version: ParameterVersion) -> ParameterSnapshot? { latest.last { $0.version == version } }

    /// Any that is kept.
    package subscript(version: ParameterVersion) -> ParameterSnapshot? {
        latest(version) ?? fetched.last { $0.version == version }
    }

    /// All are being told of the newest.
    /// - Parameter now: nil where it is told with the publication.
    package mutating func noteAnnouncement(at now: Deadline?) {
        isUntold = false
        if let now { lastAnnouncement = now }
    }

    /// When the newest is to be told to those who have heard nothing for a while; nil when all know it.
    package func nextAnnouncement(every seconds: Double) -> Deadline? {
        isUntold ? lastAnnouncement.advanced(seconds: seconds) : nil
    }
}
