import Foundation
import StarlingStorage
import Testing

@Suite struct LineFileTests {
    @Test func linesAreAppendedAcrossStarts() throws {
        try withTemporaryDirectory { root in
            let path = root + "/metrics.jsonl"
            try LineFile(appendingTo: path).append("one")
            try LineFile(appendingTo: path).append("two")
            #expect(try contents(path) == Array("one\ntwo\n".utf8))
        }
    }

    @Test(arguments: [("a\nb", "a\n"), ("a", ""), ("a\n", "a\n"), ("", ""), ("\n\n{", "\n\n")])
    func tornLineIsCut(before: String, after: String) throws {
        try withTemporaryDirectory { root in
            let path = root + "/metrics.jsonl"
            try write(before, to: path)
            try LineFile(appendingTo: path).append("x")
            #expect(try contents(path) == Array((after + "x\n").utf8))
        }
    }

    /// In a process of its own: the limit on file sizes stands in for a disk that fills up in the middle of a line.
    @Test func halfALineIsCutOffAgain() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { root in
                let path = root + "/metrics.jsonl"
                let file = try LineFile(appendingTo: path)
                try file.append("one")
                limitFileSize(7)
                #expect(throws: StorageError.self) { try file.append("two, which is too long") }
                #expect(try contents(path) == Array("one\n".utf8))
                limitFileSize(nil)
                try file.append("three")
                #expect(try contents(path) == Array("one\nthree\n".utf8))
            }
        }
    }

    /// A memory file that may not shrink stands in for one that may only be appended to.
    @Test func halfALineThatCannotBeCutOffEndsThere() async {
        await #expect(processExitsWith: .success) {
            let memory = try makeMemoryFile(flags: 2)  // MFD_ALLOW_SEALING
            #expect(fcntl(memory, 1033, 2) == 0)  // F_ADD_SEALS, F_SEAL_SHRINK
            let path = "/proc/self/fd/\(memory)"
            let file = try LineFile(appendingTo: path)
            try file.append("one")
            limitFileSize(7)
            #expect(throws: StorageError.self) { try file.append("two, which is too long") }
            limitFileSize(nil)
            try file.append("three")
            try file.append("four")
            #expect(try contents(path) == Array("one\ntwo\nthree\nfour\n".utf8))
        }
    }

    @Test func linesAreRevisedFromTheLast() throws {
        try withTemporaryDirectory { root in
            let path = root + "/metrics.jsonl"
            // Short ones, empty ones, and one that is longer than what is read at a time.
            let lines = ["a0", "", "b1", String(repeating: "c", count: 200_000), "d2", "", "", "e3"]
            try write(lines.joined(separator: "\n") + "\n", to: path)
            var seen: [String] = []
            try LineFile(appendingTo: path).revise { line in
                seen.append(String(decoding: line, as: UTF8.self))
                return line.isEmpty ? .keep : seen.last == "b1" ? .stop : .begin([UInt8(ascii: "x")])
            }
            #expect(seen == Array(lines.dropFirst(2).reversed()))
            let revised = ["a0", "", "b1", "x" + String(repeating: "c", count: 199_999), "x2", "", "", "x3"]
            #expect(try contents(path) == Array((revised.joined(separator: "\n") + "\n").utf8))
            try LineFile(appendingTo: path).append("f")
            #expect(try contents(path).suffix(5) == Array("x3\nf\n".utf8))
        }
    }

    @Test func anEmptyFileHasNoLines() throws {
        try withTemporaryDirectory { root in
            try LineFile(appendingTo: root + "/metrics.jsonl").revise { line in
                Issue.record("\(line)")
                return .keep
            }
        }
    }

    @Test func fullDiskIsAnError() throws {
        let full = try LineFile(appendingTo: "/dev/full")
        #expect { try full.append("x") } throws: { error in
            "\(error)" == "can't write /dev/full: No space left on device; free some space, or choose another --run"
        }
    }
}

/// memfd_create, which Swift's Glibc doesn't show.
private func makeMemoryFile(flags: UInt32) throws -> Int32 {
    let symbol = try #require(dlsym(nil, "memfd_create"))
    let make = unsafeBitCast(symbol, to: (@convention(c) (UnsafePointer<CChar>, UInt32) -> Int32).self)
    return make("lines", flags)
}

/// nil: none.
private func limitFileSize(_ bytes: UInt?) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: bytes.map { rlim_t($0) } ?? rlim_t.max, rlim_max: rlim_t.max)
    #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)  // RLIMIT_FSIZE
}
