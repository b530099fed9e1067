import CStarlingKernels
import Glibc
import Logging
import StarlingExperience
import StarlingThreads

/// A process that steps environments: a socket to it, its output, and word of its end. It ends with the thread that made it,
/// even after `kill -9`.
final class WorkerProcess {
    let identifier: pid_t
    private let socket: Int32
    /// Readable once the process has ended.
    private let life: Int32
    private var output: WorkerOutput
    private let logger: Logger
    private let isStopping: @Sendable () -> Bool
    private let title: String
    /// Room for a message.
    private let message = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)

    /// Seconds after which it is told that something is still waited for.
    private static let patience = 10.0
    /// Milliseconds after which it is asked whether to stop.
    private static let attention: Int32 = 200

    /// - Parameters:
    ///   - memory: that it shares.
    ///   - title: what its environments are called.
    init(_ program: WorkerProgram, memory: WorkerMemory, title: String, logger: Logger, isStopping: @escaping @Sendable () -> Bool)
        throws(WorkerFault)
    {
        (self.logger, self.isStopping, self.title) = (logger, isStopping, title)
        let script = try program.file()
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else { throw Self.fault("no socket for a worker") }
        let sockets = ChildProgram.moved(ends)
        guard let words = ChildProgram.makePipe() else { throw Self.fault("no pipe for a worker") }
        defer { for descriptor in [sockets[1], words.writing] + (script.map { [$0] } ?? []) { close(descriptor) } }
        guard sockets.allSatisfy({ $0 >= 0 }) else { throw Self.fault("no descriptors for a worker") }
        // Room for a traceback.
        var size: Int32 = 1 << 18
        for socket in sockets {
            _ = setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let given = [(script ?? memory.descriptor, 3), (sockets[1], WorkerProgram.socket), (memory.descriptor, WorkerProgram.memory)]
        let (process, code) = ChildProgram(
            program.path, program.arguments, variables: program.variables,
            descriptors: given + [(words.writing, STDOUT_FILENO), (words.writing, STDERR_FILENO)], end: WorkerProgram.end
        ).start()
        guard code == 0 else {
            close(sockets[0])
            close(words.reading)
            throw .refused("\(program.path) did not start: \(String(cString: strerror(code)))\(program.remedy)")
        }
        identifier = process
        socket = sockets[0]
        life = starling_open_process(process)
        output = WorkerOutput(words.reading, title: title, logger: logger)
    }

    static func fault(_ what: String) -> WorkerFault { .refused("\(what): \(String(cString: strerror(errno)))") }

    deinit {
        end()
        message.deallocate()
    }

    /// Whether it has been ended here.
    private var isReaped = false

    /// Ends it by force if it hasn't ended, and all that it started.
    /// - Returns: its status as `waitpid` tells it; nil when it was ended before.
    @discardableResult
    func end() -> Int32? {
        guard !isReaped else { return nil }
        isReaped = true
        var status: Int32 = 0
        kill(-identifier, SIGKILL)
        waitpid(identifier, &status, 0)
        output.close()
        close(socket)
        if life >= 0 { close(life) }
        return status
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(WorkerFault) {
        while Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) != bytes.count {
            guard errno == EINTR else { throw ending() }
        }
    }

    func send(_ text: String) throws(WorkerFault) {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        try send(UnsafeRawBufferPointer(copy))
    }

    /// Waits for a message.
    /// - Parameters:
    ///   - what: is waited for, for people.
    ///   - limit: seconds that it may take; asked again when they have passed.
    /// - Returns: its bytes, until the next call.
    /// - Throws: also what the message tells of a fault.
    func hear(_ what: String, limit: () -> Double) throws(WorkerFault) -> UnsafeRawBufferPointer {
        let bytes = UnsafeRawBufferPointer(rebasing: message[..<(try receive(what, limit))])
        if let fault = Self.fault(in: bytes) { throw fault }
        return bytes
    }

    /// What a message tells of a fault; nil where it is an answer.
    private static func fault(in bytes: UnsafeRawBufferPointer) -> WorkerFault? {
        // No answer to a step begins so.
        guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("refused\n") { return .refused(PrintableText.escaped(String(text.dropFirst(8)))) }
        if text.hasPrefix("invalid\n") { return .invalid(PrintableText.escaped(String(text.dropFirst(8)))) }
        if text.hasPrefix("failed\n") { return .failed(PrintableText.escaped(String(text.dropFirst(7)))) }
        if text.hasPrefix("raised\n") { return .raised(trace: String(text.dropFirst(7))) }
        return nil
    }

    /// - Returns: the length of the message.
    private func receive(_ what: String, _ limit: () -> Double) throws(WorkerFault) -> Int {
        if let count = receiveSoon() {
            output.drain()
            return count
        }
        var start: Deadline?
        var reminder: Reminder?
        while true {
            var wanted = (
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: life, events: Int16(POLLIN), revents: 0)
            )
            let ready = withUnsafeMutablePointer(to: &wanted) {
                $0.withMemoryRebound(to: pollfd.self, capacity: 3) { poll($0, 3, Self.attention) }
            }
            // What it printed came before what it answered.
            if wanted.1.revents & Int16(POLLIN) != 0 { output.drain() }
            if wanted.0.revents != 0 {
                let count = recv(socket, message.baseAddress, message.count, Int32(MSG_DONTWAIT))
                if count > 0 { return count }
                if count == 0 || (errno != EAGAIN && errno != EINTR) { throw ending() }
            }
            if wanted.2.revents != 0 { throw ending() }
            guard ready == 0 || wanted.0.revents == 0 else { continue }
            // Only who waits long looks at the clock.
            guard let began = start else {
                (start, reminder) = (.now, Reminder(after: Self.patience))
                continue
            }
            if isStopping() { throw .interrupted }
            let seconds = Deadline.now.seconds(since: began)
            let limit = limit()
            guard seconds < limit else { throw .hung("\(what) took longer than \(Self.text(limit)) s") }
            if reminder?.remind() == true {
                logger.info("\(title): \(what) takes \(Int(seconds)) s so far, and may take \(Self.text(limit)) s")
            }
        }
    }

    /// How long an answer is looked for before the thread sleeps: a core that has gone to sleep takes as long to come back. `sched_yield`
    /// leaves the core to who else wants it. 60 µs here and in the worker step 128 CartPoles in one call at twice the rate, and cost a
    /// training on all cores nothing that shows (`starling bench environment`; 2 cores of an AMD EPYC).
    private static let wakefulSeconds = 60e-6

    /// - Returns: the length of a message that comes while one would be falling asleep and waking up again; nil where none does.
    private func receiveSoon() -> Int? {
        let end = Deadline.after(seconds: Self.wakefulSeconds)
        repeat {
            let count = recv(socket, message.baseAddress, message.count, Int32(MSG_DONTWAIT))
            if count > 0 { return count }
            sched_yield()
        } while !end.isPast
        return nil
    }

    /// How it came to its end: what it told before, which may lie unread where it ended while another group's step was asked for.
    private func ending() -> WorkerFault {
        while case let count = recv(socket, message.baseAddress, message.count, Int32(MSG_DONTWAIT)), count > 0 {
            if let fault = Self.fault(in: UnsafeRawBufferPointer(rebasing: message[..<count])) { return fault }
        }
        return death()
    }

    /// How it ended without a word of its own.
    private func death() -> WorkerFault {
        // Its socket may close a moment before it is gone.
        var wanted = pollfd(fd: life, events: Int16(POLLIN), revents: 0)
        let hasEnded = life < 0 || poll(&wanted, 1, 2_000) > 0
        output.drain()
        let words = output.lastWords
        guard let status = end(), hasEnded else { return .died("its worker closed its socket") }
        let cause =
            switch status & 0x7f {
            case 0: "its worker ended with status \((status >> 8) & 0xff)"
            case SIGKILL: "its worker was killed by signal 9, not by this actor: where memory is short the kernel does that (see dmesg)"
            case let signal: "its worker was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
            }
        return .died(words.isEmpty ? cause : "\(cause); its last words: \(words)")
    }

    private static func text(_ seconds: Double) -> String { seconds < 10 ? "\((seconds * 10).rounded() / 10)" : "\(Int(seconds))" }
}
