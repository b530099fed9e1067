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
    init(_ executable: ActorExecutable, learner: String, key: String?, number: Int, further: [String], log: LogOptions) throws {
        self.number = number
        guard let life = ChildProgram.makePipe() else { throw Self.noPipe }
        guard let words = ChildProgram.makePipe() else { throw Self.noPipe }
        defer {
            close(life.reading)
            close(words.writing)
        }
        let descriptor: Int32 = 3
        let arguments =
            executable.arguments + [
                "--learner", learner, "--name", "actor-\(number)", "--threads", "1", "--parent-pipe", "\(descriptor)",
            ] + (key.map { ["--key", $0] } ?? []) + further + log.arguments
        // The learner tells it when to end; the key is this process's to choose.
        let (process, code) = ChildProgram(
            executable.path.contains("/") ? executable.path : "./" + executable.path, arguments,
            descriptors: [(life.reading, descriptor), (words.writing, STDOUT_FILENO), (words.writing, STDERR_FILENO)]
        ).start()
        guard code == 0 else {
            close(life.writing)
            close(words.reading)
            throw CommandError("\(executable.path) did not start: \(String(cString: strerror(code)))")
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

    private static var noPipe: CommandError { CommandError("no pipe for an actor: \(String(cString: strerror(errno)))") }
}
