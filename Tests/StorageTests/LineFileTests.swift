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

    @Test func fullDiskIsAnError() throws {
        let full = try LineFile(appendingTo: "/dev/full")
        #expect { try full.append("x") } throws: { error in
            "\(error)" == "can't write /dev/full: No space left on device; free some space, or choose another --run"
        }
    }
}
