import Foundation
import Glibc
import StarlingLaunchActor
import StarlingThreads

/// One actor process. It ends with this one, even after `kill -9`: it watches a pipe whose writing end only this
/// process holds.
struct ActorProcess {
    let number: Int
    let identifier: pid_t
    /// The writing end of the pipe that the actor watches.
    private let life: Int32
    /// The reading end of what it writes, both to output and errors.
    private let words: Int32
    /// The beginning of a line that hasn't ended yet.
    private var unfinished: [UInt8] = []
    /// The last line that it has said.
    private(set) var lastWords = ""

    /// - Parameters:
    ///   - key: the key file of the actor; nil where the learner has no keys.
    ///   - further: arguments of it.
    init(_ program: String, learner: String, key: String?, number: Int, further: [String], log: LogOptions) throws {
        self.number = number
        let life = try Self.makePipe()
        let words = try Self.makePipe()
        defer {
            close(life.reading)
            close(words.writing)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let descriptor: Int32 = 3
        posix_spawn_file_actions_adddup2(&actions, life.reading, descriptor)
        posix_spawn_file_actions_adddup2(&actions, words.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, words.writing, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child begins with no blocked signals, in a group of its own: Ctrl-C is for the learner, which tells them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let arguments =
            [
                program, "--learner", learner, "--name", "actor-\(number)", "--threads", "1", "--parent-pipe",
                "\(descriptor)",
            ] + (key.map { ["--key", $0] } ?? []) + further + log.arguments
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        // The key is this process's to choose.
        var variables = [UnsafeMutablePointer<CChar>?]()
        var variable = environ
        while let text = variable.pointee {
            if strncmp(text, "STARLING_KEY=", 13) != 0 { variables.append(text) }
            variable += 1
        }
        variables.append(nil)
        let code = posix_spawn(&process, program, &actions, &attributes, &pointers, &variables)
        guard code == 0 else {
            close(life.writing)
            close(words.reading)
            throw CommandError("\(program) did not start: \(String(cString: strerror(code)))")
        }
        identifier = process
        self.life = life.writing
        self.words = words.reading
        _ = fcntl(words.reading, F_SETFL, O_NONBLOCK)
    }

    private mutating func pass(_ line: String, to say: (String) -> Void) {
        lastWords = line
        say(line)
    }

    /// Passes on what it has said and asks whether it has ended; never waits.
    /// - Returns: how it ended, nil while it runs.
    mutating func attend(_ say: (String) -> Void) -> Ending? {
        listen(say)
        var status: Int32 = 0
        guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        release(say)
        return Ending(status: status)
    }

    /// How a process ended, as `waitpid` tells it.
    struct Ending: CustomStringConvertible {
        let status: Int32

        /// Another would end the same way.
        var isLasting: Bool { status == ActorProgram.environmentStatus << 8 }

        var description: String { status & 0x7f == 0 ? "with status \((status >> 8) & 0xff)" : "by signal \(status & 0x7f)" }
    }

    /// Ends it by force.
    mutating func kill(_ say: (String) -> Void) {
        Glibc.kill(identifier, SIGKILL)
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
        release(say)
    }

    private mutating func release(_ say: (String) -> Void) {
        listen(say)
        if !unfinished.isEmpty { pass(String(decoding: unfinished, as: UTF8.self), to: say) }
        unfinished = []
        close(life)
        close(words)
    }

    private mutating func listen(_ say: (String) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(words, &buffer, buffer.count)
            guard count > 0 else { return }
            unfinished += buffer[..<count]
            while let end = unfinished.firstIndex(of: UInt8(ascii: "\n")) {
                pass(String(decoding: unfinished[..<end], as: UTF8.self), to: say)
                unfinished.removeSubrange(...end)
            }
            // A line without end must not fill the memory.
            if unfinished.count > 1 << 16 { unfinished = [] }
        }
    }

    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandError("no pipe for an actor: \(String(cString: strerror(errno)))") }
        // Numbers from 10 on: a duplicate onto its own number would keep close-on-exec.
        let moved = ends.map { end in
            defer { close(end) }
            return fcntl(end, F_DUPFD_CLOEXEC, 10)
        }
        guard moved.allSatisfy({ $0 >= 0 }) else {
            throw CommandError("no pipe for an actor: \(String(cString: strerror(errno)))")
        }
        return (moved[0], moved[1])
    }
}
