import Glibc
import StarlingThreads
import Synchronization

/// A small HTTP/1.1 server on one thread, for few clients and any number of hostile ones: GET and HEAD without bodies, keep-alive, and streams
/// of server-sent events. It holds at most so many connections, heads have a size and a time, and who takes no answer is given up; so what is sent
/// here costs this thread, which is a nice one, and nobody else.
///
/// It is our own because the packages that there are leave all of that to a proxy before them.
package final class HTTPServer: Sendable {
    /// The port, also where the system has chosen it.
    package let port: UInt16
    private let shared: Shared
    private let thread = Mutex<NamedThread?>(nil)

    /// Connections, and those of them that take events.
    package static let connectionLimit = 64
    package static let streamLimit = 16

    /// Listens.
    /// - Parameter answer: asked on the server's thread; it must not take long.
    package init(_ address: HTTPAddress, _ answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) throws(HTTPError) {
        let listener = try HTTPListener(address)
        guard let bell = ChildProgram.makePipe() else { throw HTTPError(address, code: errno) }
        for end in [bell.reading, bell.writing] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        port = listener.port
        let shared = Shared(bell)
        self.shared = shared
        let thread = NamedThread("http") {
            // Of this thread only. Training goes first.
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
            var rounds = HTTPRounds(listener, shared, answer)
            rounds.run()
        }
        self.thread.withLock { $0 = thread }
    }

    deinit { stop() }

    /// Sends events to all who take them.
    package func publish(_ events: [UInt8]) {
        shared.state.withLock { $0.events += events }
        shared.ring()
    }

    /// Clients that take events.
    package var streamCount: Int { shared.state.withLock { $0.streamCount } }

    /// Hands out what is under way, for a moment, and closes.
    package func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        shared.state.withLock { $0.isStopping = true }
        shared.ring()
        thread.join()
    }

    /// What the server's thread and others have in common.
    final class Shared: Sendable {
        struct State {
            var events: [UInt8] = []
            var streamCount = 0
            var isStopping = false
        }

        let state = Mutex(State())
        let bell: (reading: Int32, writing: Int32)

        init(_ bell: (reading: Int32, writing: Int32)) { self.bell = bell }

        deinit {
            close(bell.reading)
            close(bell.writing)
        }

        func ring() {
            var byte: UInt8 = 1
            _ = write(bell.writing, &byte, 1)
        }
    }
}

/// The thread's work.
struct HTTPRounds {
    private let listener: HTTPListener
    private let shared: HTTPServer.Shared
    private let answer: (HTTPRequest) -> HTTPAnswer
    /// In the order of their coming.
    private var connections: [HTTPConnection] = []
    /// A comment, by which a viewer that is gone shows.
    private static let heartbeat = Array(": \n\n".utf8)
    private static let heartbeatSeconds = 15.0
    private var nextHeartbeat = Deadline.after(seconds: Self.heartbeatSeconds)
    private static let farewellSeconds = 0.3

    init(_ listener: HTTPListener, _ shared: HTTPServer.Shared, _ answer: @escaping (HTTPRequest) -> HTTPAnswer) {
        self.listener = listener
        self.shared = shared
        self.answer = answer
    }

    mutating func run() {
        while true {
            wait(milliseconds: 1000)
            if takeEvents() { break }
            accept()
            attend()
        }
        let farewell = Deadline.after(seconds: Self.farewellSeconds)
        while connections.contains(where: { $0.interest & Int16(POLLOUT) != 0 }), !farewell.isPast {
            wait(milliseconds: 20)
            attend()
        }
        for connection in connections { close(connection.descriptor) }
    }

    /// Until somebody comes, sends, takes or is late.
    private func wait(milliseconds: Int32) {
        var items = [pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)]
        items.append(pollfd(fd: shared.bell.reading, events: Int16(POLLIN), revents: 0))
        items += connections.map { pollfd(fd: $0.descriptor, events: $0.interest, revents: 0) }
        poll(&items, nfds_t(items.count), milliseconds)
    }

    /// - Returns: whether it is time to stop.
    private mutating func takeEvents() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(shared.bell.reading, &bytes, bytes.count) > 0 {}
        var (events, isStopping): ([UInt8], Bool) = shared.state.withLock { state in
            defer { state.events = [] }
            return (state.events, state.isStopping)
        }
        if nextHeartbeat.isPast {
            nextHeartbeat = .after(seconds: Self.heartbeatSeconds)
            if events.isEmpty { events = Self.heartbeat }
        }
        if !events.isEmpty { for place in connections.indices { connections[place].add(events) } }
        return isStopping
    }

    private mutating func accept() {
        for _ in 0..<HTTPServer.connectionLimit {
            guard let descriptor = listener.accept() else { return }
            // The one that has kept us waiting for longest makes room; those that are being answered stay.
            if connections.count >= HTTPServer.connectionLimit {
                guard let oldest = connections.firstIndex(where: \.isWaiting) else {
                    close(descriptor)
                    continue
                }
                close(connections.remove(at: oldest).descriptor)
            }
            connections.append(HTTPConnection(descriptor))
        }
    }

    private mutating func attend() {
        var streams = connections.count { $0.phase == .streaming }
        for place in connections.indices {
            connections[place].attend { [answer] request in
                let reply = answer(request)
                guard case .events = reply else { return reply }
                streams += 1
                guard streams > HTTPServer.streamLimit else { return reply }
                return .response(.line(.unavailable, "\(HTTPServer.streamLimit) others look on already"))
            }
            if connections[place].phase == .over || connections[place].deadline.isPast {
                close(connections[place].descriptor)
                connections[place].forget()
            }
        }
        connections.removeAll { $0.phase == .over }
        let count = connections.count { $0.phase == .streaming }
        shared.state.withLock { $0.streamCount = count }
    }
}
