import Glibc
import StarlingThreads

/// A client, and where the two are. Whatever it does, or leaves, costs a bounded number of bytes and seconds.
struct HTTPConnection {
    let descriptor: Int32
    private var reader = HTTPRequestReader()
    private var output: [UInt8] = []
    private var written = 0
    private(set) var phase = Phase.reading
    /// When it is given up if it stays as it is.
    private(set) var deadline: Deadline

    enum Phase: Equatable {
        /// A head comes, or the next is waited for.
        case reading
        /// An answer goes out.
        case answering(keepsAlive: Bool)
        /// Events go out as they happen.
        case streaming
        /// The answer is out, and what the client still sends is thrown away: closed at once, it might not get to read the answer.
        case parting
        case over
    }

    private static let headSeconds = 5.0
    /// Between two requests. Longer than between two scrapes of Prometheus.
    private static let restSeconds = 90.0
    /// Without a byte of an answer taken.
    private static let stallSeconds = 10.0
    private static let partingSeconds = 1.0
    /// Bytes of events that wait for a slow viewer.
    private static let streamLimit = 1 << 20
    private static let chunk = 16_384

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        deadline = .after(seconds: Self.headSeconds)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// What to wait for.
    var interest: Int16 {
        switch phase {
        case .reading, .parting: Int16(POLLIN)
        case .answering: Int16(POLLOUT)
        // Its end shows as something to read.
        case .streaming: Int16(POLLIN) | (written < output.count ? Int16(POLLOUT) : 0)
        case .over: 0
        }
    }

    /// Reads and writes what there is, without waiting.
    /// - Parameter answer: asked for every request.
    mutating func attend(_ answer: (HTTPRequest) -> HTTPAnswer) {
        switch phase {
        case .reading:
            guard let bytes = receive() else { return }
            let wasIdle = reader.isEmpty
            reader.append(bytes)
            if wasIdle { deadline = .after(seconds: Self.headSeconds) }
            take(answer)
        case .parting: _ = receive()
        case .streaming: _ = receive()
        case .answering, .over: break
        }
        send(answer)
    }

    /// Makes answers of what was read.
    private mutating func take(_ answer: (HTTPRequest) -> HTTPAnswer) {
        switch reader.next() {
        case .incomplete: break
        case .refused(let response): begin(response.bytes(keepsAlive: false, withBody: true), .answering(keepsAlive: false))
        case .request(let request):
            switch answer(request) {
            case .response(let response):
                let bytes = response.bytes(keepsAlive: request.keepsAlive, withBody: request.method == .get)
                begin(bytes, .answering(keepsAlive: request.keepsAlive))
            case .events(let headers, let first):
                let head = HTTPResponse.eventStreamHead(headers)
                if request.method == .get { begin(head + first, .streaming) } else { begin(head, .answering(keepsAlive: false)) }
            }
        }
    }

    private mutating func begin(_ bytes: [UInt8], _ phase: Phase) {
        (output, written, self.phase) = (bytes, 0, phase)
        deadline = .after(seconds: Self.stallSeconds)
    }

    /// - Returns: nil where there is nothing; the end of the connection shows in the phase.
    private mutating func receive() -> ArraySlice<UInt8>? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count > 0 { return bytes[..<count] }
        if count < 0, errno == EAGAIN || errno == EINTR { return nil }
        phase = .over
        return nil
    }

    private mutating func send(_ answer: (HTTPRequest) -> HTTPAnswer) {
        while written < output.count {
            let size = min(Self.chunk, output.count - written)
            let count = output.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + written, size, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else {
                phase = .over
                return
            }
            written += count
            deadline = .after(seconds: Self.stallSeconds)
        }
        finishOutput(answer)
    }

    private mutating func finishOutput(_ answer: (HTTPRequest) -> HTTPAnswer) {
        (output, written) = ([], 0)
        switch phase {
        case .answering(keepsAlive: true):
            phase = .reading
            deadline = .after(seconds: reader.isEmpty ? Self.restSeconds : Self.headSeconds)
            // What came along with the last one. A client that sends many at once is answered one at a time.
            take(answer)
        case .answering(keepsAlive: false):
            shutdown(descriptor, Int32(SHUT_WR))
            phase = .parting
            deadline = .after(seconds: Self.partingSeconds)
        case .streaming: deadline = Deadline(nanoseconds: .max)
        case .reading, .parting, .over: break
        }
    }

    /// Adds events; one that is too slow for them is given up.
    mutating func add(_ events: [UInt8]) {
        guard phase == .streaming else { return }
        guard output.count - written + events.count <= Self.streamLimit else {
            phase = .over
            return
        }
        if written == output.count { deadline = .after(seconds: Self.stallSeconds) }
        output.removeFirst(written)
        written = 0
        output += events
    }

    /// It owes us a request.
    var isWaiting: Bool { phase == .reading }

    /// It is closed.
    mutating func forget() { phase = .over }
}
