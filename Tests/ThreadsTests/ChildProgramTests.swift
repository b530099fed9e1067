import Glibc
import StarlingThreads
import Testing

@Suite struct ChildProgramTests {
    /// What a shell of ours says, and how it ended.
    private func words(
        _ script: String, variables: [String] = [], end: Int32? = nil, further: [(own: Int32, number: Int32)] = []
    ) throws -> (text: String, status: Int32) {
        let words = try #require(ChildProgram.makePipe())
        let program = ChildProgram(
            "sh", ["-c", script], variables: variables, descriptors: [(words.writing, STDOUT_FILENO)] + further, end: end)
        let (process, code) = program.start()
        close(words.writing)
        defer { close(words.reading) }
        try #require(code == 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var text = ""
        while case let count = read(words.reading, &bytes, bytes.count), count > 0 {
            text += String(decoding: bytes[..<count], as: UTF8.self)
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return (text, status)
    }

    @Test func itGetsWhatItIsGivenAndNoMore() throws {
        let (text, status) = try words(
            "echo $GREETING; cat; echo $STARLING_KEY; exit 3", variables: ["GREETING=hello", "PATH=/bin:/usr/bin"])
        // Without input, and without what lets an actor in.
        #expect(text == "hello\n\n" && status >> 8 == 3)
        let pipe = try #require(ChildProgram.makePipe())
        defer { for end in [pipe.reading, pipe.writing] { close(end) } }
        let open = try words("ls /proc/self/fd", end: 5, further: [(pipe.writing, 4)]).text.split(separator: "\n")
        #expect(open.contains("4") && open.contains("1") && !open.contains("\(pipe.writing)"))
        #expect(fcntl(pipe.writing, F_GETFD) == FD_CLOEXEC && pipe.writing >= 10)
    }

    @Test func itIsInAGroupOfItsOwn() throws {
        let own = try words("ps -o pgid= -p $$ || cut -d' ' -f5 /proc/$$/stat").text.filter(\.isNumber)
        #expect(own != "\(getpgrp())")
    }

    @Test func aProgramThatIsNoneHasANumber() {
        #expect(ChildProgram("/nowhere/program", descriptors: []).start().code == ENOENT)
    }
}
