import Glibc
import Logging
import StarlingEnvironments
import StarlingThreads

/// To whom faults of environments are told.
struct FaultBearing: Sendable {
    let logger: Logger
    let faults: FaultCounts
    /// Asked in every wait.
    let isStopping: @Sendable () -> Bool
}

/// How many faults of environments are put up with, and after which time the next begin.
struct FaultPatience {
    private let title: String
    /// What comes after a fault, for people.
    private let sequel: String
    private let bearing: FaultBearing
    /// Faults in a row with few good steps between them.
    private var failures = 0
    private var goodSteps = 0
    private var hasFailed = false
    /// Of lines about faults; later ones are counted, and told once in a while.
    private var linesLeft = 10
    private var untold = 0
    private var isQuietUntil = Deadline.now

    /// Failures in a row that are put up with.
    private static let failureLimit = 5
    /// Environment steps after which a failure is forgotten.
    private static let forgivingSteps = 1_000
    private static let longestPause = 60.0
    /// Between two lines, when there were many.
    private static let quietSeconds = 60.0

    init(title: String, _ sequel: String, _ bearing: FaultBearing) {
        (self.title, self.sequel, self.bearing) = (title, sequel, bearing)
    }

    mutating func note(goodSteps steps: Int) {
        goodSteps &+= steps
        if failures > 0, goodSteps >= Self.forgivingSteps { failures = 0 }
    }

    /// Waits until others may begin: at once after the first failure, and later each time.
    /// - Throws: `EnvironmentError` when the process is to stop.
    func pause() throws {
        let seconds = failures < 2 ? 0 : min(Self.longestPause, Double(1 << (failures - 2)))
        let time = Deadline.after(seconds: seconds)
        while !time.isPast {
            if bearing.isStopping() { throw WorkerHost.error(.interrupted, title) }
            usleep(50_000)
        }
    }

    /// Counts a fault and tells of it.
    /// - Throws: `EnvironmentError` when there is no use in going on.
    mutating func bear(_ fault: WorkerFault) throws {
        let isFirst = goodSteps == 0 && !hasFailed
        hasFailed = true
        if case .interrupted = fault { throw WorkerHost.error(fault, title) }
        bearing.faults.note(fault)
        // What never worked isn't mended by trying again.
        if isFirst { throw WorkerHost.error(fault, title) }
        if goodSteps >= Self.forgivingSteps { failures = 0 }
        failures += 1
        goodSteps = 0
        tell(fault)
        if case .refused = fault { throw WorkerHost.error(fault, title) }
        guard failures <= Self.failureLimit else {
            throw EnvironmentError(
                .broken,
                "Environment '\(title)' failed \(failures) times with less than \(Self.forgivingSteps) steps between; the last time \(fault.line)"
            )
        }
    }

    private mutating func tell(_ fault: WorkerFault) {
        guard linesLeft > 0 || isQuietUntil.isPast else {
            untold += 1
            return
        }
        linesLeft = max(0, linesLeft - 1)
        isQuietUntil = .after(seconds: Self.quietSeconds)
        let more = untold > 0 ? " (and \(untold) faults before it since the last line)" : ""
        untold = 0
        bearing.logger.warning("\(title): \(fault.line)\(more); its open episodes are truncated, and \(sequel)")
    }
}
