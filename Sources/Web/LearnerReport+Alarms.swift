import StarlingExperience
package import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingTransport

/// What an onlooker should know of.
package struct RunAlarm: Hashable, Sendable {
    package var text: String
    /// Something is broken, and not only slow or lazy.
    package var isBad: Bool
}

extension LearnerReport {
    package var alarms: [RunAlarm] {
        var alarms: [RunAlarm] = []
        let ratio = metrics[.maximumLogRatioAtLagZero]
        if ratio > Self.logRatioAlarm {
            alarms.append(
                RunAlarm(
                    text:
                        "Actors and learner don't compute the same policy: |log ratio| \(Quantity.significant(ratio)) at lag 0. Compare their builds.",
                    isBad: true))
        }
        if !ledger.isBalanced {
            let imbalance = ledger.actorImbalance.magnitude + ledger.learnerImbalance.magnitude
            alarms.append(RunAlarm(text: "The ledger is off by \(imbalance) unrolls.", isBad: true))
        }
        if actorsAlive == 0, frames > 0 { alarms.append(RunAlarm(text: "No actor is connected.", isBad: true)) }
        if actorsIdle > 0 { alarms.append(RunAlarm(text: "Holding credit and sending nothing: \(idleNames).", isBad: false)) }
        if let lagLimit { alarms.append(RunAlarm(text: lagLimit.brief, isBad: false)) }
        if let flowLimit { alarms.append(RunAlarm(text: flowLimit.brief, isBad: false)) }
        if update > 200, metrics[.activeUnits] == 0 {
            alarms.append(RunAlarm(text: "The latent tells nothing: no latent has more than 0.1 nats of information.", isBad: false))
        }
        return alarms
    }
}
