import StarlingExperience
import StarlingMessages
import StarlingThreads

/// Number of a connection, given by the wiring and never used again.
package typealias Connection = UInt64

/// One connection's session, as the learner sees it. An object, like the account: they are looked up and changed with
/// every unroll.
final class LearnerSession {
    let number: UInt64
    /// That of its actor's incarnation.
    let account: ActorAccount
    let identity: ActorIdentity
    let role: ActorRole
    /// The actor may send unrolls up to this sequence: the cursor at the beginning plus all credit granted since.
    var grantedThrough: UInt64
    /// How far the actor was told that it may send.
    var toldThrough: UInt64 = 0
    /// What was acknowledged at the beginning.
    let base: UInt64
    /// There is something to tell: cursor, credit or version.
    var isDirty = false
    /// It is in line for credit.
    var isInLine = false
    /// The sequence to resend from, told with the next status; 0: none.
    var resendFrom: UInt64 = 0
    /// A gap was told and nothing has come in order since.
    var gapIsTold = false
    /// The version whose pieces it is fetching.
    var pulling: ParameterVersion?
    /// The version to act with that it was sent to the end last.
    var sentVersion: ParameterVersion?
    /// The version that was sent ahead of its credit, and that it has not acted with yet.
    var versionAhead: ParameterVersion?
    /// Since when it is fetching without a pause.
    var pullingSince: Deadline?
    /// The evaluation it plays.
    var evaluation: UInt64?
    /// Evaluations it was asked for, how many of them are wanted no more, and cancelled ones whose answer may still come.
    var evaluationsAsked: UInt64 = 0
    var cancelledEvaluations: UInt64 = 0
    var lateAnswers = 0
    var pulls = PullAllowance()
    /// It told that it can't play evaluations.
    var cannotEvaluate = false
    var lastHeard: Deadline
    /// Steps it told of, and when their number, or that of its unrolls, last changed.
    var steps: UInt64 = 0
    var progressAt: Deadline
    /// Its loop stands still, or waits for parameters on a slow link: it gets no credit until it moves.
    var isStalled = false
    /// That it fetches for long was logged.
    var longPullIsTold = false
    var garbage = 0
    /// Entries of its skipped and invalid unrolls since the last valid one.
    var blocklessEntries = 0
    /// An invalid unroll of it was logged: one line a peer.
    var invalidIsLogged = false

    /// A session that begins where the account stands.
    init(number: UInt64, _ account: ActorAccount, at now: Deadline) {
        self.number = number
        self.account = account
        (identity, role) = (account.identity, account.role)
        (grantedThrough, base) = (account.cursor, account.stored)
        (lastHeard, progressAt) = (now, now)
    }
}
