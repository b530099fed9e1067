package import StarlingExperience
import StarlingMessages
package import StarlingThreads

/// Number of a connection, given by the wiring and never used again.
package typealias Connection = UInt64

/// One connection's session, as the learner sees it. An object, like the account: they are looked up and changed with
/// every unroll.
package final class LearnerSession {
    let number: UInt64
    let connection: Connection
    /// That of its actor's incarnation.
    package let account: ActorAccount
    package let identity: ActorIdentity
    let role: ActorRole
    /// Loops of its actor, as it says.
    let threads: Int
    /// Its actor reads payloads of frames.
    let readsPayload: Bool
    /// Shares of credit: one for each loop, once it has shown that they work.
    var weight: Int { isProven ? threads : 1 }

    // Credit.
    /// The actor may send unrolls up to this sequence: the cursor at the beginning plus all credit granted since.
    package var grantedThrough: UInt64
    /// How far the actor was told that it may send.
    var toldThrough: UInt64 = 0
    /// An unroll whose way is timed, and when its credit was granted.
    private var timed: (sequence: UInt64, since: Deadline)?
    /// When its last unroll came, and nanoseconds that its actor had waited then.
    private var last: (at: Deadline, waiting: UInt64)?
    private(set) var appetite: Appetite
    /// What was acknowledged at the beginning.
    let base: UInt64
    /// It has sent its last unroll in the time that others need for one.
    package var isProven: Bool
    /// It holds credit for longer than others need: they use it meanwhile.
    package var isIdle = false
    /// That it is idle for long was logged.
    var idlenessIsTold = false
    /// When it sent its last unroll, or got credit after it had none.
    var creditSince: Deadline
    /// Seconds from credit to arrival at each of its loops, a mean of its last unrolls; nil before the first. Who says to have more loops
    /// than it has seems slow.
    private(set) var deliverySeconds: Double?
    /// Valid unrolls that came.
    private(set) var deliveries = 0
    /// The wait queue for credit that it is in; nil: none.
    var waits: WaitQueue.Kind?
    /// Its place among the members of `Credit`, which gives it.
    var place = 0

    // What is to be told.
    /// There is something to tell: cursor, credit or version.
    var isDirty = false
    /// The sequence to resend from, told with the next status; 0: none.
    var resendFrom: UInt64 = 0
    /// A gap was told and nothing has come in order since.
    var gapIsTold = false

    // Parameters.
    /// The version whose pieces it is fetching.
    var pulling: ParameterVersion?
    /// The version to act with that it was sent to the end last.
    var sentVersion: ParameterVersion?
    /// How far credit had been granted when parameters were last sent unasked.
    var pushedThrough: UInt64 = 0
    var pulls = PullAllowance()

    // Evaluations: kept by `Evaluations`.
    var evaluator = Evaluator()

    // Life.
    var lastHeard: Deadline
    /// Steps it told of, and since when.
    var steps: UInt64 = 0
    var stepsSince: Deadline
    var garbage = 0
    /// Entries of its skipped and invalid unrolls since the last valid one.
    var blocklessEntries = 0
    /// Unrolls in a row whose contents were invalid.
    var invalidInARow = 0
    /// Its invalid unrolls, those that only the training found out too, and what the last of them broke.
    var invalidUnrolls: UInt64 = 0
    var lastFault = ""

    /// A session that begins where the account stands.
    package init(
        number: UInt64, on connection: Connection, _ account: ActorAccount, threads: Int, readsPayload: Bool = false,
        appetite: Appetite, isProven: Bool, at now: Deadline
    ) {
        self.number = number
        self.connection = connection
        self.threads = threads
        self.readsPayload = readsPayload
        self.appetite = appetite
        self.account = account
        self.isProven = isProven
        (identity, role) = (account.identity, account.role)
        (grantedThrough, base) = (account.cursor, account.stored)
        (lastHeard, creditSince, stepsSince) = (now, now, now)
    }

    /// Credit is granted: the way of the first unroll of it is timed, one at a time.
    func grant(_ count: Int, at now: Deadline) {
        // Until now there was nothing to do.
        if outstanding == 0 { creditSince = now }
        if timed == nil { timed = (grantedThrough + 1, now) }
        grantedThrough += UInt64(count)
        account.grantedThrough = max(account.grantedThrough, grantedThrough)
    }

    /// Seconds from credit to arrival of an unroll that was timed and is here now; nil when none was.
    func takeFlight(at now: Deadline) -> Double? {
        guard let timed, timed.sequence <= account.cursor else { return nil }
        self.timed = nil
        return now.seconds(since: timed.since)
    }

    /// An unroll has come.
    /// - Returns: seconds since the last one, or since there was credit; and of the time since the last one how long it was and how long a
    ///   loop of its actor waited, nil where it doesn't tell.
    func noteDelivery(at now: Deadline) -> (seconds: Double, actor: (seconds: Double, waited: Double)?) {
        let seconds = now.seconds(since: creditSince)
        let actor = last.flatMap { last -> (seconds: Double, waited: Double)? in
            guard last.waiting > 0 else { return nil }
            let waited = Double(account.waiting - min(last.waiting, account.waiting)) / Double(threads) * 1e-9
            return (now.seconds(since: last.at), waited)
        }
        last = (now, account.waiting)
        creditSince = now
        deliveries += 1
        appetite.note(seconds: seconds, waited: actor?.waited, wasFull: outstanding + appetite.least >= appetite.limit)
        let ofLoop = seconds * Double(threads)
        // The loops of a node deliver in bursts: a mean over fewer of their unrolls would be that of a burst, or of the pause before it.
        let newest = max(1 / Double(deliveries), Self.newest / Double(threads))
        deliverySeconds = deliverySeconds.map { $0 + newest * (ofLoop - $0) } ?? ofLoop
        return (seconds, actor)
    }

    /// Share of the newest round in the mean.
    private static let newest = 0.2

    /// Unrolls granted and not arrived.
    package var outstanding: Int { grantedThrough > account.cursor ? Int(grantedThrough - account.cursor) : 0 }

    /// Of those, the ones that the actor was told of.
    var knownCredit: Int { toldThrough > account.cursor ? Int(toldThrough - account.cursor) : 0 }
}
