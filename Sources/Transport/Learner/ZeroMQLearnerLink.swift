import Glibc
package import Logging
package import StarlingExperience
package import StarlingKeys
package import StarlingMessages
package import StarlingThreads
package import StarlingZeroMQ

/// The learner's end over TCP: one ROUTER on a thread of its own, the session thread.
///
/// The role's state is shared by that thread and the trainer's, each holding its lock for moments; so taking an unroll
/// needs no other thread, and the session thread never waits for the trainer.
package final class ZeroMQLearnerLink: LearnerLink {
    /// The address actors connect to, with the port the system chose if `*` was asked for.
    package let endpoint: String
    private let shared: Shared<LearnerWire>
    private let wakeUp: WakeUp
    private var thread: NamedThread?
    private let gate: Gate?

    /// Binds and starts the session thread.
    /// - Parameters:
    ///   - keys: who may connect; nil: everybody who reaches the port, which must then be of this machine only.
    ///   - context: whose sockets they are; nil: one of its own.
    /// - Throws: `portInUse`, `badAddress`, or `badKeys`.
    package init(
        bind address: String, build: String, keys: KeyDirectory? = nil, logger: Logger, context: ZeroMQContext? = nil
    ) throws(TransportError) {
        try Self.check(bind: address, keys: keys)
        let address = try Address(address)
        let shared = Shared(LearnerWire(LearnerSessions(build: build)))
        let files = FileLimit.raise()
        let (wakeUp, context) = try Self.prepare(context)
        // Before the socket that it guards.
        let gate = try keys.map { keys throws(TransportError) in
            try Gate(keys, context, logger) {
                wakeUp.signal()
            } failed: { fault in
                shared.withLock { $0.failure = fault }
                shared.notify()
            }
        }
        do throws(ZeroMQError) {
            let started = Shared<Result<String, ZeroMQError>?>(nil)
            (self.gate, self.shared, self.wakeUp) = (gate, shared, wakeUp)
            // A socket is made on the thread it lives on.
            let thread = NamedThread("session") {
                do throws(ZeroMQError) {
                    let port = try LearnerPort(address, gate, files: files, context, wakeUp, shared, logger)
                    started.withLock { $0 = .success(port.endpoint) }
                    started.notify()
                    port.run()
                } catch {
                    started.withLock { $0 = .failure(error) }
                    started.notify()
                }
            }
            let outcome = started.wait(until: .after(seconds: 10)) { $0 }
            switch outcome {
            case .success(let endpoint)?:
                self.endpoint = endpoint
                self.thread = thread
            case .failure(let error)?:
                thread.join()
                throw error
            case nil: throw ZeroMQError(code: ETIMEDOUT, call: "bind \(address.text)")
            }
        } catch {
            gate?.stop()
            throw Self.explain(error, address)
        }
        if let keys { logger.info("listening at \(endpoint) for those enrolled in \(keys.path)") }
        logger.debug("listening at \(endpoint), \(files) files at most")
    }

    deinit { stop() }

    /// Finds out, before anything begins, whether one may listen there with these keys.
    /// - Throws: `badAddress` or `badKeys`.
    package static func check(bind text: String, keys: KeyDirectory?) throws(TransportError) {
        let address = try Address(text)
        guard let keys else {
            guard address.isLoopback else { throw keysAreMissing(address) }
            return
        }
        do throws(KeyError) {
            _ = (try keys.learner(), try keys.allowList())
        } catch {
            throw TransportError(.badKeys, "\(error)", cause: error)
        }
    }

    /// Whether an address can be reached from other machines, so that listening there needs keys.
    package static func needsKeys(_ address: String) throws(TransportError) -> Bool { try !Address(address).isLoopback }

    private static func prepare(_ context: ZeroMQContext?) throws(TransportError) -> (WakeUp, ZeroMQContext) {
        do throws(ZeroMQError) {
            if let context { return (try WakeUp(), context) }
            return (try WakeUp(), try ZeroMQContext())
        } catch {
            throw TransportError(.system, "can't start to listen: \(error)", cause: error)
        }
    }

    private static func keysAreMissing(_ address: Address) -> TransportError {
        TransportError(
            .badKeys,
            "\(address.text) can be reached from other machines, and without keys whoever reaches it can join; make keys for this learner and an actor and let that one in, then start again with --keys keys:  starling keygen keys NAME  &&  starling enrol keys/NAME.key"
        )
    }

    private static func explain(_ error: ZeroMQError, _ address: Address) -> TransportError {
        if error.isAddressInUse {
            return TransportError(
                .portInUse,
                "port \(address.port) at \(address.host) is in use by another program; choose another with --bind tcp://\(address.host):PORT, or end the other one",
                cause: error)
        }
        return TransportError(
            .badAddress, "can't listen at \(address.text): \(error); --bind takes an address of this machine",
            cause: error)
    }

    package func open(_ offer: LearnerOffer, after past: RunPast, journal: (any UnrollJournal)?) {
        journal?.start { [shared, wakeUp] index in
            shared.withLock { wire in
                wire.sessions.stored(through: index)
                if wire.wantsSignal() { wakeUp.signal() }
            }
        }
        shared.withLock { wire in
            wire.journal = journal
            wire.sessions.open(offer, after: past, isJournaling: journal != nil, at: .now)
        }
        wakeUp.signal()
    }

    package func ticket(ofReplayed index: UInt64) -> UInt64? {
        shared.withLock { $0.sessions.ticket(ofReplayed: index) }
    }
    package func abandonUntaken() -> Int { shared.withLock { $0.sessions.abandonUntaken() } }
    package var settledBooks: LedgerBooks { shared.withLock { $0.sessions.settledBooks } }
    package var books: LedgerBooks { shared.withLock { $0.sessions.books } }
    package func covered(through index: UInt64) { change { $0.stored(through: index) } }

    package func next(before deadline: Deadline) -> LearnerEvent? {
        var wakes = false
        defer { if wakes { wakeUp.signal() } }
        return shared.wait(until: deadline) { wire in
            if let event = wire.sessions.takeEvent(at: .now) {
                wire.isAwaited = false
                wakes = wire.sessions.isUrgent && wire.wantsSignal()
                return event
            }
            if let failure = wire.failure { return .broken(failure) }
            wire.isAwaited = true
            // Nothing to do here: time to let actors know of the credit that came free.
            if wire.sessions.hasStatuses, wire.wantsSignal() { self.wakeUp.signal() }
            return nil
        }
    }

    package func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) { change { $0.settle(unrolls, fate) } }
    package func settle(_ unroll: ReceivedUnroll, _ fate: Fate) { change { $0.settle(unroll, fate) } }
    package func settleUnusable(_ unroll: ReceivedUnroll, _ fault: String) { change { $0.settleUnusable(unroll, fault) } }
    package func setBatch(unrolls: Int) { change { $0.setBatch(unrolls: unrolls) } }
    package var pressure: CreditPressure { shared.withLock { $0.sessions.credit.pressure } }
    package func endTraining() { change { $0.endTraining() } }
    package func publish(_ snapshot: ParameterSnapshot, trainedOn unrolls: [ReceivedUnroll]) {
        let wakes = shared.withLock { wire in
            wire.sessions.publish(snapshot)
            wire.sessions.settle(unrolls, .trained)
            // Who waits for what that brings is told at once; all else in its time, without a wake-up for every update.
            return wire.isOversleeping(at: .now) && wire.wantsSignal()
        }
        if wakes { wakeUp.signal() }
    }

    package func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        change { $0.evaluate(request, snapshot) }
    }

    package func cancelEvaluation(_ identifier: UInt64) { change { $0.cancelEvaluation(identifier) } }

    private func change(_ body: (inout LearnerSessions) -> Void) {
        let wakes = shared.withLock { wire in
            body(&wire.sessions)
            wire.isFlushWanted = true
            return wire.wantsSignal()
        }
        if wakes { wakeUp.signal() }
    }

    package func finish(_ farewell: Farewell, before deadline: Deadline) {
        change { $0.part(farewell) }
        let limit = min(deadline, .after(seconds: 3))
        _ = shared.wait(until: limit) { $0.sessions.isParted ? true : nil }
        let returns = min(limit, .after(seconds: 0.5))
        _ = shared.wait(until: returns) { $0.sessions.expectsReturns ? nil : true }
        shared.withLock { $0.sessions.closeBooks() }
        stop()
        shared.withLock { $0.writeJournal() }
    }

    private func stop() {
        guard let thread else { return }
        shared.withLock { $0.isStopped = true }
        wakeUp.signal()
        thread.join()
        self.thread = nil
        gate?.stop()
    }

    package func actors(atMost count: Int) -> [ActorOverview] { shared.withLock { $0.sessions.actors(atMost: count) } }

    package var overview: TransportOverview {
        shared.withLock { wire in
            var overview = wire.sessions.overview
            overview.bytesIn = wire.bytesIn
            overview.bytesOut = wire.bytesOut
            return overview
        }
    }
}

/// What the trainer's and the session thread share.
struct LearnerWire {
    var sessions: LearnerSessions
    /// The trainer waits for an event.
    var isAwaited = false
    /// There is something to tell that should not wait for company.
    var isFlushWanted = false
    var isStopped = false
    /// Why nobody is heard any more.
    var failure: String?
    /// The session thread was woken and has not looked yet.
    var isWoken = false
    /// So long it sleeps if nothing happens.
    var sleepsUntil = Deadline(nanoseconds: 0)
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var journal: (any UnrollJournal)?

    init(_ sessions: LearnerSessions) { self.sessions = sessions }

    /// Whether the session thread is to be signalled: not if it was and has not looked yet.
    mutating func wantsSignal() -> Bool {
        defer { isWoken = true }
        return !isWoken
    }

    /// Whether it sleeps for longer than what there is to tell may wait.
    func isOversleeping(at now: Deadline) -> Bool {
        if sessions.isUrgent { return true }
        if sessions.hasStatuses, sleepsUntil > now.advanced(seconds: LearnerPort.coalescingSeconds) { return true }
        return sessions.nextAnnouncement.map { $0 < sleepsUntil } ?? false
    }

    /// Hands over what the journal is to store; it takes it without waiting.
    mutating func writeJournal() {
        let entries = sessions.takeUnwritten()
        if !entries.isEmpty { journal?.append(entries) }
    }
}
