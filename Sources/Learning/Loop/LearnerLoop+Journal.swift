import Logging
import StarlingExperience
import StarlingThreads
import StarlingTransport

extension LearnerLoop {
    /// Takes one unroll that an earlier learner left.
    /// - Returns: false when there is none.
    func takeFromBacklog() -> Bool {
        guard let backlog, case .training = phase, !learner.isReady else { return false }
        switch backlog.next(link, isTooStale: learner.isTooStale) {
        case .unroll(let unroll): accept(unroll)
        case .mismatched(let unroll):
            mismatchedUnrolls += 1
            link.settle(unroll, .abandoned)
        case .invalid(let unroll):
            invalidInBacklog += 1
            link.settle(unroll, .invalid)
        case nil:
            self.backlog = nil
            let unread = link.abandonUntaken()
            if unread > 0 {
                logger.warning("\(unread) unrolls of the journal can't be read a second time and are abandoned")
            }
            if mismatchedUnrolls > 0 {
                logger.warning(
                    "\(mismatchedUnrolls) unrolls of the journal were made with other settings (T, E or the environment's shapes) and are abandoned"
                )
            }
            if invalidInBacklog > 0 {
                logger.warning("\(invalidInBacklog) unrolls of the journal break a rule and are invalid")
            }
            logger.info(
                "the journal's unrolls have their fates: \(link.overview.ledger.trained) trained, \(link.overview.ledger.tooStale) too stale in the whole run by now"
            )
            return false
        }
        return true
    }
}
