import Foundation
import StarlingExperience
import StarlingSafetensors
import StarlingStorage
import Testing

@Suite struct CheckpointStoreTests {
    func withStore(keeping kept: Int = 3, _ body: (CheckpointStore, String) throws -> Void) throws {
        try withTemporaryDirectory { root in
            try body(CheckpointStore(RunPaths(root), keeping: kept), root + "/checkpoints")
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        try withStore { store, directory in
            let written = checkpoint(version(2, 120))
            try store.write(written)
            #expect(try names(in: directory) == ["2.120"])
            #expect(
                try names(in: directory + "/2.120") == [
                    "manifest.json", "optimizer.safetensors", "parameters.safetensors",
                ])
            let read = try store.read(version(2, 120), as: TestState.self)
            #expect(read.version == written.version && read.state == written.state)
            #expect(read.parameters == written.parameters && read.optimizer == written.optimizer)
            #expect(try store.readParameters(version(2, 120)) == written.parameters)
        }
    }

    @Test func sameVersionIsReplaced() throws {
        try withStore(keeping: 1) { store, directory in
            try store.write(checkpoint(version(1, 5)))
            try store.write(checkpoint(version(1, 5), TestState(frames: 7)))
            #expect(try store.read(version(1, 5), as: TestState.self).state.frames == 7)
            #expect(try names(in: directory) == ["1.5"])
        }
    }

    @Test func oldOneIsFoundWhenACrashHitsItsReplacement() throws {
        try withStore(keeping: 1) { store, directory in
            try store.write(checkpoint(version(1, 5)))
            try FileManager.default.moveItem(atPath: directory + "/1.5", toPath: directory + "/.old-1.5")
            try FileManager.default.createDirectory(atPath: directory + "/.aside-1.5", withIntermediateDirectories: true)
            #expect(store.newestGood(as: TestState.self) { _ in }?.version == version(1, 5))
            try store.write(checkpoint(version(1, 5), TestState(frames: 7)))
            #expect(try store.read(version(1, 5), as: TestState.self).state.frames == 7)
            #expect(try names(in: directory) == ["1.5"])
        }
    }

    @Test func newestAreKeptAndTheFinalOne() throws {
        try withStore(keeping: 2) { store, directory in
            try store.write(checkpoint(version(1, 9)))
            try store.markFinal(version(1, 9))
            // 1.100 is newer than 1.20, and 2.1 newer than both.
            for next in [version(1, 20), version(1, 100), version(2, 1)] { try store.write(checkpoint(next)) }
            #expect(store.versions == [version(1, 9), version(1, 100), version(2, 1)])
            #expect(store.finalVersion == version(1, 9))
            try store.markFinal(version(2, 1))
            try store.write(checkpoint(version(2, 2)))
            #expect(try names(in: directory) == ["2.1", "2.2", "final"])
        }
    }

    @Test func theBestIsKeptHoweverOld() throws {
        try withStore(keeping: 1) { store, directory in
            #expect(store.bestVersion == nil)
            try store.write(checkpoint(version(1, 10)))
            try store.markBest(version(1, 10))
            for update: UInt64 in [20, 30] { try store.write(checkpoint(version(1, update))) }
            #expect(try names(in: directory) == ["1.10", "1.30", "best"] && store.bestVersion == version(1, 10))
            // One is best, and what a run ends with may be another.
            try store.markBest(version(1, 30))
            try store.markFinal(version(1, 30))
            try store.write(checkpoint(version(1, 40)))
            #expect(try names(in: directory) == ["1.30", "1.40", "best", "final"] && store.finalVersion == store.bestVersion)
        }
    }

    /// The goal's parameters are evaluated while the training goes on.
    @Test func aFinalOneMayBeOlderThanAllThatAreKept() throws {
        try withStore(keeping: 2) { store, directory in
            for update: UInt64 in [200, 300, 400] { try store.write(checkpoint(version(1, update))) }
            #expect(!store.hasFinal)
            try store.write(checkpoint(version(1, 100)))
            try store.markFinal(version(1, 100))
            #expect(store.hasFinal && store.resultParameters { _ in }?.version == version(1, 100))
            #expect(try names(in: directory) == ["1.100", "1.300", "1.400", "final"])
        }
    }

    @Test func resultIsTheFinalOneElseTheNewestGood() throws {
        try withStore { store, directory in
            #expect(store.resultParameters { _ in } == nil)
            #expect(store.newestGood(as: TestState.self) { _ in } == nil)
            try store.write(checkpoint(version(1, 1)))
            try store.write(checkpoint(version(1, 2)))
            #expect(store.resultParameters { _ in }?.version == version(1, 2))
            try store.markFinal(version(1, 1))
            #expect(store.resultParameters { _ in }?.version == version(1, 1))
            try write([], to: directory + "/1.1/parameters.safetensors")
            var told: [CheckpointError] = []
            #expect(store.resultParameters { told.append($0) }?.version == version(1, 2))
            #expect(told.map(\.code) == [.damaged])
        }
    }

    @Test func damagedOnesAreToldAndPassedOver() throws {
        try withStore { store, directory in
            for update in 1...3 as ClosedRange<UInt64> { try store.write(checkpoint(version(1, update))) }
            try write([], to: directory + "/1.3/optimizer.safetensors")
            try FileManager.default.removeItem(atPath: directory + "/1.2/manifest.json")
            var told: [String] = []
            #expect(store.newestGood(as: TestState.self) { told.append($0.message) }?.version == version(1, 1))
            #expect(told.count == 2)
            #expect(told.first?.contains("1.3") == true && told.first?.contains("optimizer.safetensors") == true)
        }
    }

    @Test(arguments: ["manifest.json", "parameters.safetensors", "optimizer.safetensors"])
    func everyTruncationAndBitFlipIsSeen(file: String) throws {
        try withStore { store, directory in
            try store.write(checkpoint(version(1, 5)))
            let path = "\(directory)/1.5/\(file)"
            let whole = try contents(path)
            func isDamaged() -> Bool {
                do {
                    _ = try store.read(version(1, 5), as: TestState.self)
                    return false
                } catch { return error.code == .damaged }
            }
            #expect(!isDamaged())
            for length in 0..<whole.count {
                try write(Array(whole[..<length]), to: path)
                #expect(isDamaged(), "\(length) bytes of \(file)")
            }
            for index in whole.indices {
                var bytes = whole
                bytes[index] ^= 1 << (index % 8)
                try write(bytes, to: path)
                #expect(isDamaged(), "byte \(index) of \(file)")
            }
            try write(whole + [0x0A], to: path)
            #expect(isDamaged())
        }
    }

    @Test func checkpointUnderAnotherNameIsRefused() throws {
        try withStore { store, directory in
            try store.write(checkpoint(version(1, 5)))
            try FileManager.default.copyItem(atPath: directory + "/1.5", toPath: directory + "/1.6")
            #expect(throws: CheckpointError.self) { try store.readParameters(version(1, 6)) }
        }
    }

    @Test func otherStateIsRefusedButItsParametersAreRead() throws {
        struct Other: CheckpointState { var other: Int }
        try withStore { store, _ in
            try store.write(checkpoint(version(1, 5)))
            #expect(throws: CheckpointError.self) { try store.read(version(1, 5), as: Other.self) }
            #expect(try store.readParameters(version(1, 5)).count == 1)
        }
    }

    /// Digests can't see it: it was written as it is.
    @Test func stateThatIsNoneIsPassedOverForAnOlderOne() throws {
        try withStore { store, _ in
            try store.write(checkpoint(version(1, 5)))
            try store.write(checkpoint(version(1, 6), TestState(name: "no state")))
            var foreign = checkpoint(version(1, 7))
            foreign.actors = [NamedArray("stranger", .uint8, shape: [1], bytes: [1])]
            try store.write(foreign)
            var told: [String] = []
            #expect(store.newestGood(as: TestState.self) { told.append($0.message) }?.version == version(1, 5))
            try #require(told.count == 2)
            #expect(told.allSatisfy { !$0.contains("\n") })
            #expect(told[0].hasPrefix("checkpoint 1.7 in ") && told[0].hasSuffix(" can't be used: 1 arrays of actors"))
            #expect(told[1].hasPrefix("checkpoint 1.6 in ") && told[1].hasSuffix(" can't be used: it is no state"))
            #expect(throws: CheckpointError.self) { try store.readState(version(1, 6), as: TestState.self) }
        }
    }

    @Test func missingOneIsSaidToBeMissing() throws {
        try withStore { store, _ in
            #expect { try store.readParameters(version(1, 5)) } throws: { ($0 as? CheckpointError)?.code == .missing }
        }
    }

    @Test func numbersThatAreNotFiniteAreKept() throws {
        try withStore { store, _ in
            try store.write(checkpoint(version(1, 5), TestState(klWeight: .nan, tiny: -.infinity)))
            let state = try store.read(version(1, 5), as: TestState.self).state
            #expect(state.klWeight.isNaN && state.tiny == -.infinity)
        }
    }

    @Test func stateThatCannotBeEncodedIsAnErrorAndLeavesNothing() throws {
        struct Unwilling: CheckpointState {
            init() {}
            init(from decoder: any Decoder) throws {}
            func encode(to encoder: any Encoder) throws {
                throw EncodingError.invalidValue(0, .init(codingPath: [], debugDescription: "unwilling"))
            }
        }
        try withStore { store, directory in
            #expect(throws: CheckpointError.self) {
                try store.write(Checkpoint(version: version(1, 5), state: Unwilling(), parameters: [], optimizer: []))
            }
            let left = try names(in: directory)
            #expect(left.isEmpty)
        }
    }

    @Test func foreignNamesAreNoVersions() {
        for name in ["final", "1", "1.", ".1", "01.5", "+1.5", "1.5.2", "1.-5", "4294967296.1", "1.5 "] {
            #expect(ParameterVersion(folder: name) == nil, "\(name)")
        }
        #expect(ParameterVersion(folder: "4294967295.18446744073709551615")?.update == .max)
    }

    @Test func fullDiskIsOneLineAndLeavesTheOlderOnes() async throws {
        // In a process of its own: the limit on file sizes stands in for a full disk.
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { root in
                let store = CheckpointStore(RunPaths(root))
                try store.write(checkpoint(version(1, 1)))
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit(rlim_cur: 100, rlim_max: 100)
                setrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE
                var told: CheckpointError?
                do {
                    try store.write(checkpoint(version(1, 2)))
                } catch { told = error as? CheckpointError }
                guard told?.code == .unwritable, told?.message.contains("\n") == false,
                    store.versions == [version(1, 1)],
                    try names(in: root + "/checkpoints") == ["1.1"],
                    try store.read(version(1, 1), as: TestState.self).version == version(1, 1)
                else { exit(1) }
            }
        }
    }
}
