import Logging
import StarlingKeys
import StarlingThreads
import StarlingZeroMQ
import Synchronization

/// Who may come in: answers libzmq's questions from the allow-list, on a thread of its own, and reads the list again
/// when it changes. It must be made before the learner's socket and end after it.
final class Gate: Sendable {
    static let domain = "starling"
    /// Seconds between looks at the allow-list.
    private static let lookSeconds = 0.5

    private struct State {
        var list = AllowList()
        var stamp: [Int] = []
        /// Grows with every change of the list.
        var revision = 0
        var isStopped = false
        /// Clients that were kept out and not yet counted.
        var refused: UInt64 = 0
    }

    /// The learner's own key.
    let pair: CurveKeyPair
    private let directory: KeyDirectory
    private let state = Shared(State())
    private let wakeUp: WakeUp
    private let thread = Mutex<NamedThread?>(nil)

    /// Reads the keys and begins to answer.
    /// - Parameters:
    ///   - changed: called, on the gate's thread, after the allow-list has changed.
    ///   - failed: called there when nobody can be let in any more, with the cause.
    /// - Throws: when the keys can't be used.
    init(
        _ directory: KeyDirectory, _ context: ZeroMQContext, _ logger: Logger, changed: @escaping @Sendable () -> Void,
        failed: @escaping @Sendable (String) -> Void
    ) throws(TransportError) {
        self.directory = directory
        do throws(KeyError) {
            pair = try directory.learner()
            let list = try directory.allowList()
            state.withLock { ($0.list, $0.stamp) = (list, directory.allowListStamp) }
            Self.complain(list, directory, logger)
        } catch {
            throw TransportError(.badKeys, "\(error)", cause: error)
        }
        let started = Shared<Result<Void, ZeroMQError>?>(nil)
        do throws(ZeroMQError) {
            wakeUp = try WakeUp()
            let thread = NamedThread("gate") { [self] in
                do throws(ZeroMQError) {
                    let port = try AccessPort(context)
                    started.withLock { $0 = .success(()) }
                    started.notify()
                    try answer(port, logger, changed)
                } catch {
                    let wasStarted = started.withLock { outcome in
                        defer { outcome = outcome ?? .failure(error) }
                        return outcome != nil
                    }
                    started.notify()
                    if wasStarted { failed("the keys' gate failed, and nobody can join any more: \(error)") }
                }
            }
            self.thread.withLock { $0 = thread }
            if case .failure(let error)? = started.wait(until: .after(seconds: 10), { $0 }) { throw error }
        } catch {
            throw TransportError(.system, "can't guard the port: \(error)", cause: error)
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
        thread.withLock { $0.take() }?.join()
    }

    /// Grows when the allow-list changes.
    var revision: Int { state.withLock { $0.revision } }

    /// Whether a client that came in once may still be here.
    func admits(_ user: User) -> Bool {
        state.withLock { $0.list.verdict(on: user.key) == .admitted(name: user.name) }
    }

    /// Clients kept out since the last call.
    func takeRefused() -> UInt64 {
        state.withLock { state in
            defer { state.refused = 0 }
            return state.refused
        }
    }

    /// A client that was let in.
    struct User: Hashable, Sendable {
        var name: String
        var key: CurveKey

        init(name: String, key: CurveKey) { (self.name, self.key) = (name, key) }

        /// From what the gate told libzmq, the property `User-Id`.
        init?(_ text: String) {
            let words = text.split(separator: " ")
            guard words.count == 2, let key = CurveKey(text: String(words[1])) else { return nil }
            self.init(name: String(words[0]), key: key)
        }

        /// The property `User-Id`. The key is in it because a name may be given to another key later.
        var text: String { "\(name) \(key.text)" }
    }

    // MARK: The gate's thread

    private func answer(
        _ port: consuming AccessPort, _ logger: Logger, _ changed: @Sendable () -> Void
    ) throws(ZeroMQError) {
        var refusals = RefusalLog(logger)
        var nextLook = Deadline.after(seconds: Self.lookSeconds)
        while !state.withLock({ $0.isStopped }) {
            port.wait(wakeUp, milliseconds: 250)
            wakeUp.clear()
            while let request = try port.next() {
                if let user = decide(request, &refusals) {
                    try port.admit(request, as: user.text)
                } else {
                    try port.refuse(request)
                    state.withLock { $0.refused += 1 }
                }
            }
            refusals.advance(to: .now)
            guard nextLook.isPast else { continue }
            nextLook = .after(seconds: Self.lookSeconds)
            if look(logger) { changed() }
        }
    }

    private func decide(_ request: AccessPort.Request, _ refusals: inout RefusalLog) -> User? {
        guard request.domain == Self.domain, let key = request.key else {
            refusals.tell(.withoutKey, request.address)
            return nil
        }
        // A key that was enrolled a moment ago shall not have to try twice.
        var verdict = state.withLock { $0.list.verdict(on: key) }
        if verdict == .unknown, readIfChanged() == nil { verdict = state.withLock { $0.list.verdict(on: key) } }
        switch verdict {
        case .admitted(let name): return User(name: name, key: key)
        case .revoked(let name, let since): refusals.tell(.revokedKey(name, since), request.address)
        case .unknown: refusals.tell(.unknownKey(key.fingerprint, directory.path), request.address)
        }
        return nil
    }

    /// Reads the list if it changed.
    /// - Returns: whether it did.
    private func look(_ logger: Logger) -> Bool {
        let before = revision
        if let error = readIfChanged() {
            logger.error("\(error); as long as it can't be read, the allow-list of before holds, and revocations don't")
        }
        guard revision != before else { return false }
        Self.complain(state.withLock { $0.list }, directory, logger)
        logger.info("the allow-list \(directory.allowListFile) has changed and holds from now on")
        return true
    }

    /// - Returns: the error, told once for every change of the file.
    private func readIfChanged() -> KeyError? {
        let stamp = directory.allowListStamp
        guard state.withLock({ $0.stamp != stamp }) else { return nil }
        do throws(KeyError) {
            let list = try directory.allowList()
            state.withLock { state in
                if state.list != list { state.revision += 1 }
                (state.list, state.stamp) = (list, stamp)
            }
            return nil
        } catch {
            state.withLock { $0.stamp = stamp }
            return error
        }
    }

    private static func complain(_ list: AllowList, _ directory: KeyDirectory, _ logger: Logger) {
        for fault in list.faults { logger.warning("\(directory.allowListFile): \(fault)") }
        if !list.entries.contains(where: { $0.revoked == nil }) {
            logger.warning(
                "nobody is enrolled in \(directory.path): starling enrol KEYFILE --keys \(directory.path) lets an actor in, at any time")
        }
    }
}
