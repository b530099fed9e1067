import Foundation
import Glibc
import Logging
import StarlingThreads
import Synchronization

/// The actor processes of one `starling train`. One that ends by itself is started again; all end with this process,
/// even after `kill -9`, because each watches a pipe whose other end only this process holds.
final class ActorProcesses: Sendable {
    private let program: String
    private let learner: String
    private let logger: Logger
    private let isEnding = Atomic<Bool>(false)
    private let watcher = Mutex<NamedThread?>(nil)

    /// `starling-actor` beside this program.
    static var siblingProgram: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("starling-actor").path
    }

    init(program: String, learner: String, count: Int, logger: Logger) throws {
        self.program = program
        self.learner = learner
        self.logger = logger
        guard access(program, X_OK) == 0 else {
            throw CommandError("\(program) is no program; build it with `swift build -c release`, or name it with --actor-program")
        }
        let children = try (0 ..< count).map { try start($0) }
        let thread = NamedThread("children") { [self] in watch(children) }
        watcher.withLock { $0 = thread }
    }

    /// Waits for all actors to end as the learner told them to; ends by force what is left at the deadline.
    func end(before deadline: Deadline) {
        isEnding.store(true, ordering: .relaxed)
        self.deadline.withLock { $0 = deadline }
        watcher.withLock { $0.take() }?.join()
    }
    private let deadline = Mutex<Deadline?>(nil)

    private struct Child {
        let number: Int
        var process: pid_t?
        /// The writing end of the pipe that the child watches.
        var pipe: Int32
        var restart: Deadline?
    }

    private func watch(_ started: [Child]) {
        var children = started
        while true {
            let ending = isEnding.load(ordering: .relaxed)
            for index in children.indices { attend(&children[index], ending: ending) }
            if ending {
                if children.allSatisfy({ $0.process == nil }) { break }
                if deadline.withLock({ $0?.isPast ?? false }) { kill(&children) }
            }
            usleep(20_000)
        }
        for child in children where child.pipe >= 0 { close(child.pipe) }
    }

    private func attend(_ child: inout Child, ending: Bool) {
        if let process = child.process {
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { return }
            child.process = nil
            close(child.pipe)
            child.pipe = -1
            guard !ending, status != 0 else { return }
            let cause = status & 0x7f == 0 ? "with status \((status >> 8) & 0xff)" : "by signal \(status & 0x7f)"
            logger.warning("actor-\(child.number) (process \(process)) ended \(cause); starting it again")
            child.restart = .after(seconds: 0.5)
        } else if let restart = child.restart, restart.isPast, !ending {
            do {
                child = try start(child.number)
            } catch {
                logger.error("\(error)")
                child.restart = .after(seconds: 5)
            }
        }
    }

    private func kill(_ children: inout [Child]) {
        for index in children.indices {
            guard let process = children[index].process else { continue }
            logger.warning("actor-\(children[index].number) (process \(process)) did not end in time and is killed")
            Glibc.kill(process, SIGKILL)
            var status: Int32 = 0
            waitpid(process, &status, 0)
            children[index].process = nil
        }
    }

    private func start(_ number: Int) throws -> Child {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandError("no pipe for actor-\(number): \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let descriptor: Int32 = 3
        // dup2 onto itself would keep close-on-exec; go through another number then.
        if ends[0] == descriptor {
            let moved = fcntl(ends[0], F_DUPFD_CLOEXEC, 10)
            close(ends[0])
            ends[0] = moved
        }
        posix_spawn_file_actions_adddup2(&actions, ends[0], descriptor)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child begins with no blocked signals, in a group of its own: Ctrl-C is for the learner, which tells them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let arguments = [
            program, "--learner", learner, "--name", "actor-\(number)", "--parent-pipe", "\(descriptor)",
        ]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let code = posix_spawn(&process, program, &actions, &attributes, &pointers, environ)
        guard code == 0 else {
            close(ends[1])
            throw CommandError("\(program) did not start: \(String(cString: strerror(code)))")
        }
        return Child(number: number, process: process, pipe: ends[1], restart: nil)
    }
}
