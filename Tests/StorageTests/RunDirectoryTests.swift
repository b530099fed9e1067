import Foundation
import StarlingStorage
import Testing

@Suite struct RunDirectoryTests {
    func creationFault(_ path: String) -> StorageError? {
        do {
            _ = try RunDirectory.create(path)
            return nil
        } catch { return error }
    }

    func resumptionFault(_ path: String) -> StorageError? {
        do {
            _ = try RunDirectory.resume(path)
            return nil
        } catch { return error }
    }

    @Test func newRunMakesItsDirectoryAndThoseAbove() throws {
        try withTemporaryDirectory { root in
            let run = try RunDirectory.create(root + "/a/b/")
            #expect(run.paths.root == root + "/a/b")
            #expect(try names(in: root + "/a/b") == ["lock"])
        }
    }

    @Test func directoryWithContentsIsRefusedAndLeftAlone() throws {
        try withTemporaryDirectory { root in
            try write("dear", to: root + "/letter.txt")
            let fault = creationFault(root)
            #expect(fault?.code == .notEmpty)
            #expect(fault?.message.contains("--resume") == true && fault?.message.contains("--run") == true)
            #expect(try names(in: root) == ["letter.txt"])
        }
    }

    @Test func finishedRunIsRefusedWithoutResume() throws {
        try withTemporaryDirectory { root in
            try RunDirectory.create(root).replace(root + "/config.yaml", with: "seed: 1\n")
            try write("", to: root + "/metrics.jsonl")
            try FileManager.default.createDirectory(atPath: root + "/checkpoints/1.5", withIntermediateDirectories: true)
            #expect(creationFault(root)?.code == .notEmpty)
            #expect(resumptionFault(root) == nil)
        }
    }

    @Test func runThatCrashedBeforeItsFirstCheckpointMayBeStartedAgain() throws {
        try withTemporaryDirectory { root in
            try RunDirectory.create(root).replace(root + "/config.yaml", with: "seed: 1\n")
            try write("{}\n", to: root + "/metrics.jsonl")
            try FileManager.default.createDirectory(atPath: root + "/journal", withIntermediateDirectories: true)
            #expect(creationFault(root) == nil)
            // With a result that says how it ended it is no crash.
            try write("{}", to: root + "/summary.json")
            #expect(creationFault(root)?.code == .notEmpty)
        }
    }

    @Test func startThatFailedBeforeTrainingMayBeTriedAgain() throws {
        try withTemporaryDirectory { root in
            do {
                let run = try RunDirectory.create(root)
                try run.replace(run.paths.configuration, with: "seed: 1\n")
                try run.replace(run.paths.tuning, with: "{}\n")
                #expect(try run.nextGeneration() == 1)
            }
            #expect(try RunDirectory.create(root).nextGeneration() == 2)
            // Without our lock file it is somebody's own configuration.
            try FileManager.default.removeItem(atPath: root + "/lock")
            #expect(creationFault(root)?.code == .notEmpty)
        }
    }

    @Test func secondProcessIsToldWhoWorksThere() throws {
        try withTemporaryDirectory { root in
            let first = try RunDirectory.create(root)
            try first.replace(first.paths.configuration, with: "seed: 1\n")
            try first.tell(addresses: ["tcp://127.0.0.1:5555"])
            for fault in [creationFault(root), resumptionFault(root)] {
                #expect(fault?.code == .inUse)
                #expect(fault?.message.contains("in use by process \(getpid()) on ") == true)
                #expect(fault?.message.contains("machine is gone") == false)
                #expect(fault?.message.contains("\n") == false)
            }
            #expect(try names(in: root).contains("address"))
            withExtendedLifetime(first) {}
            #expect(creationFault(root)?.code == .inUse)
        }
    }

    @Test func lockEndsWithItsHolderAndNotWithAChild() throws {
        try withTemporaryDirectory { root in
            // Foundation's Process closes what it doesn't know; posix_spawn passes on all that isn't closed on exec.
            var child: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("30"), nil]
            defer { for argument in arguments { free(argument) } }
            do {
                let run = try RunDirectory.create(root)
                try run.replace(run.paths.configuration, with: "seed: 1\n")
                try #require(posix_spawn(&child, "/bin/sleep", nil, nil, &arguments, environ) == 0)
            }
            defer {
                kill(child, SIGKILL)
                waitpid(child, nil, 0)
            }
            // A process that another test starts just now holds every descriptor until its exec.
            let deadline = Date.now + 5
            while resumptionFault(root) != nil, Date.now < deadline { usleep(10_000) }
            #expect(resumptionFault(root) == nil)
            #expect(kill(child, 0) == 0)
        }
    }

    @Test func lockOfAnotherMachineIsToldWithWhatFreesIt() throws {
        try withTemporaryDirectory { root in
            let first = try RunDirectory.create(root)
            try first.replace(first.paths.configuration, with: "seed: 1\n")
            // As that machine has written it; overwritten, not replaced, since the lock is the file's.
            let file = try #require(FileHandle(forWritingAtPath: first.paths.lock))
            try file.write(contentsOf: Data("4711 elsewhere\n\0".utf8))
            try file.truncate(atOffset: 15)
            #expect(resumptionFault(root)?.message.contains("process 4711 on elsewhere; stop that one") == true)
            #expect(resumptionFault(root)?.message.contains("frees the lock by itself") == true)
            withExtendedLifetime(first) {}
        }
    }

    /// As on a file system that locks on each machine for itself.
    @Test func learnerThatAnotherFollowsMayNotWriteAnyMore() throws {
        try withTemporaryDirectory { root in
            let first = try RunDirectory.create(root)
            try first.replace(first.paths.configuration, with: "seed: 1\n")
            #expect(try first.nextGeneration() == 1)
            let fence = try RunFence(first)
            #expect(fence.holds)
            try FileManager.default.removeItem(atPath: first.paths.lock)
            let second = try RunDirectory.resume(root)
            #expect(fence.holds)
            #expect(try second.nextGeneration() == 2)
            #expect(!fence.holds)
            #expect(throws: StorageError.self) { try fence.check() }
            #expect(fence.sentence.contains("another learner (process \(getpid()) on "))
            // A directory that can't be seen proves nothing.
            try FileManager.default.removeItem(atPath: first.paths.generation)
            #expect(fence.holds)
            withExtendedLifetime((first, second)) {}
        }
    }

    @Test func nothingToResumeIsSaid() throws {
        try withTemporaryDirectory { root in
            let fault = resumptionFault(root + "/none")
            #expect(fault?.code == .noRun)
            #expect(fault?.message.contains("without --resume") == true)
            let left = try names(in: root)
            #expect(left.isEmpty)
        }
    }

    @Test func fileInPlaceOfADirectoryIsNamed() throws {
        try withTemporaryDirectory { root in
            try write("x", to: root + "/file")
            #expect(creationFault(root + "/file")?.code == .system)
            #expect(creationFault(root + "/file/deeper")?.code == .system)
        }
    }

    @Test func generationGrowsWithEveryStart() throws {
        try withTemporaryDirectory { root in
            #expect(try RunDirectory.create(root).nextGeneration() == 1)
            try write("seed: 1", to: root + "/config.yaml")
            #expect(try RunDirectory.resume(root).nextGeneration() == 2)
            // A directory that was copied without the counter.
            try FileManager.default.removeItem(atPath: root + "/generation")
            try FileManager.default.createDirectory(atPath: root + "/checkpoints/7.100", withIntermediateDirectories: true)
            #expect(try RunDirectory.resume(root).nextGeneration() == 8)
            #expect(try contents(root + "/generation") == Array("8\n".utf8))
        }
    }

    @Test(arguments: ["", "seven", "-1", "4294967295", "1.5"])
    func damagedGenerationIsNamed(text: String) throws {
        try withTemporaryDirectory { root in
            let run = try RunDirectory.create(root)
            try write(text, to: run.paths.generation)
            #expect(throws: StorageError.self) { try run.nextGeneration() }
        }
    }

    @Test func replacedFilesLeaveNothingBeside() throws {
        try withTemporaryDirectory { root in
            let run = try RunDirectory.create(root)
            for text in ["{}", "{\"a\":1}", ""] {
                try run.replace(run.paths.summary, with: text)
                #expect(try contents(run.paths.summary) == Array(text.utf8))
            }
            #expect(try names(in: root) == ["lock", "summary.json"])
        }
    }
}
