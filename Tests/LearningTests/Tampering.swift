import StarlingExperience
import StarlingLearning
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// How a learner sees unrolls other than their actors did: what the invariant of lag zero must notice.
struct Tampering: Sendable {
    let change: @Sendable (MutableUnrollView, inout UnrollHeader) -> Void

    /// What the design forbids: the learner samples its own noise instead of the actor's.
    static let none = Tampering { _, _ in }
    static let resampledNoise = Tampering { _, header in header.noiseKey = ~header.noiseKey }
    /// The recurrent state before row 0 is lost on its way.
    static let lostStates = Tampering { view, _ in view.coreStates.update(repeating: 0) }
    /// Nobody resets the recurrent state where an episode begins.
    static let forgottenResets = Tampering { view, _ in
        for t in 0..<view.layout.unrollLength {
            for e in 0..<view.layout.environmentCount where StepKind.isLast(view.kinds(at: t)[e]) {
                view.kinds(at: t)[e] = StepKind.ordinary.rawValue
            }
        }
    }
    /// Truncations come as terminations whose final observation has a row.
    static let terminatedForTruncated = Tampering { view, _ in
        for t in 0..<view.layout.unrollLength {
            for e in 0..<view.layout.environmentCount where view.kinds(at: t)[e] == StepKind.truncated.rawValue {
                view.kinds(at: t)[e] = StepKind.terminated.rawValue
            }
        }
    }
    /// The frames before row 0 are lost on their way.
    static let lostHistory = Tampering { view, _ in FrameStack.repeatNewest(view.opening, depth: view.layout.frameStack) }
}

/// Changes every unroll behind all checks.
final class TamperingLink: LearnerLink {
    private let inner: any LearnerLink
    private let layout: UnrollLayout
    private let tampering: Tampering
    private let pretended: CreditPressure?

    /// - Parameter pressure: that it tells of instead of the inner link's.
    init(_ inner: any LearnerLink, layout: UnrollLayout, _ tampering: Tampering, pressure: CreditPressure? = nil) {
        (self.inner, self.layout, self.tampering, pretended) = (inner, layout, tampering, pressure)
    }

    func next(before deadline: Deadline) -> LearnerEvent? {
        let event = inner.next(before: deadline)
        guard case .unroll(let unroll) = event else { return event }
        var header = unroll.header
        tampering.change(MutableUnrollView(layout, unroll.block.base), &header)
        return .unroll(ReceivedUnroll(actor: unroll.actor, header: header, block: unroll.block, ticket: unroll.ticket))
    }

    func open(_ offer: LearnerOffer, after past: RunPast, journal: (any UnrollJournal)?) {
        inner.open(offer, after: past, journal: journal)
    }
    func ticket(ofReplayed index: UInt64) -> UInt64? { inner.ticket(ofReplayed: index) }
    func abandonUntaken() -> Int { inner.abandonUntaken() }
    var settledBooks: LedgerBooks { inner.settledBooks }
    var books: LedgerBooks { inner.books }
    func covered(through index: UInt64) { inner.covered(through: index) }
    func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) { inner.settle(unrolls, fate) }
    func settle(_ unroll: ReceivedUnroll, _ fate: Fate) { inner.settle(unroll, fate) }
    func settleUnusable(_ unroll: ReceivedUnroll, _ fault: String) { inner.settleUnusable(unroll, fault) }
    func setBatch(unrolls: Int) { inner.setBatch(unrolls: unrolls) }
    var pressure: CreditPressure { pretended ?? inner.pressure }
    func endTraining() { inner.endTraining() }
    func publish(_ snapshot: ParameterSnapshot, trainedOn unrolls: [ReceivedUnroll]) { inner.publish(snapshot, trainedOn: unrolls) }
    func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) { inner.evaluate(request, snapshot) }
    func cancelEvaluation(_ identifier: UInt64) { inner.cancelEvaluation(identifier) }
    func finish(_ farewell: Farewell, before deadline: Deadline) { inner.finish(farewell, before: deadline) }
    var overview: TransportOverview { inner.overview }
}
