import CStarlingSystemCalls
import Foundation
import Synchronization

/// A machine of its own as far as the network goes: a network namespace and a thread that lives in it.
///
/// The namespace has no name: it is gone with its last process and the last descriptor of its tunnels, so a test that is
/// killed leaves nothing to remove.
package final class Machine: Sendable {
    package let name: String
    private let work = Work()

    /// - Throws: `Missing` when this process may not make networks.
    package init(_ name: String) throws {
        self.name = name
        let thread = Thread { [work] in work.serve() }
        thread.name = "host \(name)"
        thread.start()
        let code = try run { starling_network_leave() }
        guard code == 0 else {
            work.add(nil)
            throw Missing("can't make a network namespace (\(String(cString: strerror(-code)))): root may")
        }
    }

    deinit { work.add(nil) }

    /// Does something in this host's network and waits for it. What it starts is there too: threads, sockets, processes.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let answer = Answer<Value>()
        work.add { answer.give(Result { try body() }) }
        return try answer.take()
    }

    /// Why hosts can't be made here; nil when they can.
    package static let lack: String? = {
        do {
            _ = try Link(between: Machine("probe"), and: Machine("probe"), number: 0)
            return nil
        } catch {
            return "\(error)"
        }
    }()
}

/// What a test needs of the machine and does not find.
package struct Missing: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What a host's thread is to do, in order; nil ends it.
private final class Work: Sendable {
    private let items = Mutex<[(@Sendable () -> Void)?]>([])
    private let count = DispatchSemaphore(value: 0)

    func add(_ item: (@Sendable () -> Void)?) {
        items.withLock { $0.append(item) }
        count.signal()
    }

    func serve() {
        while true {
            count.wait()
            guard let item = items.withLock({ $0.removeFirst() }) else { return }
            item()
        }
    }
}

private final class Answer<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func give(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
        isThere.signal()
    }

    func take() throws -> Value {
        isThere.wait()
        return try result.withLock { $0! }.get()
    }
}
