package import StarlingLearning
import StarlingTransport

extension LearnerReport {
    /// Share of its time in which a learner with enough actors works: with more it is seldom faster, with less it waits.
    private static let wantedWork = 0.9

    /// Actors that would keep the learner busy and would be busy themselves, for what scales a fleet.
    ///
    /// By the utilisation law (Denning & Buzen 1978) the work of the learner is proportional to the experience that comes, which is that of
    /// n actors that wait a share w of their time, n (1 − w) of whom are worth it: as many more as its utilisation is below what is wanted. Never more than twice as
    /// many at a time, and no more at all where the policy lag or something else keeps both waiting: there, more actors would only wait with them.
    package var actorsWanted: Int {
        guard actorsAlive > 0 else { return isTraining ? 1 : 0 }
        guard isTraining, update > 0 else { return actorsAlive }
        let alive = Double(actorsAlive)
        let works = max(0.01, 1 - pressure.trainerWaits)
        let wanted = alive * (1 - pressure.actorsWait) * Self.wantedWork / works
        let most = lagLimit != nil || flowLimit != nil || pressure.isAtBound ? alive : 2 * alive
        return max(1, Int(min(most, wanted).rounded(.up)))
    }
}
