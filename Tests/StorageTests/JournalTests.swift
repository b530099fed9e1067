import CStarlingKernels
import Foundation
import StarlingExperience
import StarlingStorage
import StarlingThreads
import Testing

@Suite struct JournalTests {
    @Test func checksumIsTheStandardsAndTheSameWithoutTheInstruction() {
        let digits = Array("123456789".utf8)
        #expect(starling_crc32c(0, digits, digits.count) == 0xE306_9283)
        // RFC 3720, B.4: 32 bytes of zeros, and of ones.
        #expect(starling_crc32c(0, [UInt8](repeating: 0, count: 32), 32) == 0x8A91_36AA)
        #expect(starling_crc32c(0, [UInt8](repeating: 255, count: 32), 32) == 0x62A8_AB43)
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 3) }
        for count in [0, 1, 7, 8, 9, 3071, 3072, 3073, 6144, 9999, 20_000] {
            let whole = starling_crc32c(5, bytes, count)
            #expect(whole == starling_crc32c_portable(5, bytes, count), "\(count) bytes")
            let first = starling_crc32c(5, bytes, count / 3)
            let rest = bytes[(count / 3)...].withUnsafeBytes { starling_crc32c(first, $0.baseAddress!, count - count / 3) }
            #expect(whole == rest, "\(count) bytes in two pieces")
        }
    }

    @Test(arguments: [JournalSync.os, .disk])
    func whatIsStoredIsReadAgain(sync: JournalSync) throws {
        try withTemporaryDirectory { root in
            let all = entries(1...1000)
            let first = JournalDesk(root, sync: sync)
            for start in stride(from: 0, to: 600, by: 7) { first.journal.append(Array(all[start..<min(600, start + 7)])) }
            #expect(first.waits(for: 600))
            first.close()
            // A second start goes on in segments of its own.
            let second = JournalDesk(root, sync: sync, generation: 2)
            second.journal.append(Array(all[600...]))
            second.close()
            #expect(second.stored == 1000)
            #expect(replay(first.files) == expected(all))
            let tail = first.files.tail(after: 250, run: 9)
            #expect(tail.entries.map(\.index) == Array(251...1000) && tail.damages.isEmpty && tail.cuts.isEmpty)
            #expect(tail.entries.map(\.event) == all[250...].map(\.event))
            #expect(tail.entries.map(\.actor) == all[250...].map(\.actor))
            #expect(tail.entries.map(\.produced) == all[250...].map(\.produced))
            #expect(replay(first.files, after: 250) == expected(Array(all[250...])))
            let foreign = first.files.tail(after: 0, run: 8)
            #expect(foreign.entries.isEmpty && foreign.damages.allSatisfy { $0.contains("another run") })
        }
    }

    @Test func nothingCountsAsStoredOnceAnotherLearnerHasBegun() throws {
        try withTemporaryDirectory { root in
            let first = try RunDirectory.create(root)
            try first.replace(first.paths.configuration, with: "seed: 1\n")
            _ = try first.nextGeneration()
            let all = entries(1...200)
            let desk = JournalDesk(root, fence: try RunFence(first))
            desk.journal.append(Array(all[..<100]))
            #expect(desk.waits(for: 100))
            // No lock keeps the next one out.
            try FileManager.default.removeItem(atPath: first.paths.lock)
            let second = try RunDirectory.resume(root)
            _ = try second.nextGeneration()
            desk.journal.append(Array(all[100...]))
            #expect(eventually { desk.said.contains("another learner (process") })
            desk.close()
            #expect(desk.stored == 100)
            #expect(desk.files.tail(after: 0, run: 9).entries.count >= 100)
            withExtendedLifetime((first, second)) {}
        }
    }

    /// What builds before protocol 3 took from a hostile peer, and trapped on at every resume.
    @Test func versionsThatNoLearnerHasMadeAreInvalid() throws {
        try withTemporaryDirectory { root in
            let actor = ActorIdentity(ordinal: 1, instance: "a", incarnation: 1)
            let updates: [UInt64] = [7, 1 << 40, (1 << 40) + 1, 1 << 63, .max]
            let desk = JournalDesk(root)
            desk.journal.append(
                updates.enumerated().map { number, update in
                    let sequence = UInt64(number + 1)
                    let header = UnrollHeader(
                        sequence: sequence, version: ParameterVersion(generation: 0, update: update), digest: 1, firstStep: 0,
                        firstEnvironment: 0, noiseKey: 0, episodes: [])
                    return JournalEntry(
                        index: sequence, actor: actor, produced: sequence, event: .unroll(sequence: sequence),
                        unroll: JournaledUnroll(header: header, block: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil))
                })
            #expect(desk.waits(for: 5))
            desk.close()
            let tail = desk.files.tail(after: 0, run: 9)
            #expect(
                tail.entries.map(\.event) == [
                    .unroll(sequence: 1), .unroll(sequence: 2), .invalid(sequence: 3), .invalid(sequence: 4), .invalid(sequence: 5),
                ])
            var books = LedgerBooks()
            for entry in tail.entries { books.apply(entry, entry.event.isOpen ? .abandoned : nil) }
            #expect(books.ledger.invalid == 3 && books.ledger.isBalanced)
        }
    }

    /// A record with a good checksum may be forged all the same.
    @Test func numbersBeyondAllLimitsAreDamage() throws {
        try withTemporaryDirectory { root in
            let actor = ActorIdentity(ordinal: 1, instance: "a", incarnation: 1)
            let desk = JournalDesk(root)
            desk.journal.append([
                JournalEntry(index: 1, actor: actor, produced: .max, event: .skipped(through: 3)),
                JournalEntry(index: 2, actor: actor, produced: 3, event: .lost(through: 1 << 50)),
                JournalEntry(index: 3, actor: actor, produced: 3, event: .skipped(through: 0)),
                JournalEntry(index: 4, actor: actor, produced: 3, event: .skipped(through: 2)),
                JournalEntry(index: .max - 1, actor: actor, produced: 3, event: .skipped(through: 3)),
            ])
            #expect(desk.waits(for: .max - 1))
            desk.close()
            let tail = desk.files.tail(after: 0, run: 9)
            #expect(tail.entries.map(\.index) == [4] && tail.damages.count == 4)
        }
    }

    @Test func aReplayReadsWhatTheTailHeldAndNothingElse() throws {
        try withTemporaryDirectory { root in
            let all = entries(1...40)
            let desk = JournalDesk(root)
            desk.journal.append(Array(all[..<20]))
            desk.close()
            let tail = desk.files.tail(after: 0, run: 9)
            // The next learner's segment is there before the replay is made.
            let live = JournalDesk(root, generation: 2)
            live.journal.append(Array(all[20...]))
            live.close()
            #expect(desk.files.numbers.count == 2)
            let replay = JournalReplay(desk.files, tail, after: 0)
            var indices: [UInt64] = []
            while let index = replay.next({ entry, _ in entry.index }) { indices.append(index) }
            #expect(indices == all[..<20].filter(\.event.isOpen).map(\.index))
            // Segments of another run aren't handed over either.
            let foreign = JournalReplay(desk.files, desk.files.tail(after: 0, run: 8), after: 0)
            #expect(foreign.next { entry, _ in entry.index } == nil)
        }
    }

    /// A segment of a few records, its bytes, and where its records end.
    private func segment() throws -> (bytes: [UInt8], all: [JournalEntry], ends: [Int]) {
        try withTemporaryDirectory { root in
            let all = entries(1...12)
            let desk = JournalDesk(root)
            desk.journal.append(all)
            desk.close()
            let bytes = try contents(desk.files.path(1))
            var ends: [Int] = []
            bytes.withUnsafeBytes { bytes in
                var parser = SegmentParser(bytes)!
                while case .record(_, let block)? = parser.next() { ends.append((block.upperBound + 7) & ~7) }
            }
            #expect(ends.count == 12 && ends.last == bytes.count)
            return (bytes, all, ends)
        }
    }

    private func parse(_ bytes: [UInt8]) -> (indices: [UInt64], damaged: [Range<Int>], torn: Range<Int>?)? {
        bytes.withUnsafeBytes { bytes in
            guard var parser = SegmentParser(bytes) else { return nil }
            var result: (indices: [UInt64], damaged: [Range<Int>], torn: Range<Int>?) = ([], [], nil)
            while let item = parser.next() {
                switch item {
                case .record(let entry, _): result.indices.append(entry.index)
                case .damaged(let range, _): result.damaged.append(range)
                case .torn(let range): result.torn = range
                }
            }
            return result
        }
    }

    @Test func everyTruncationKeepsAllWholeRecordsAndTellsTheRest() throws {
        let (bytes, _, ends) = try segment()
        for count in 0..<bytes.count {
            guard let parsed = parse(Array(bytes.prefix(count))) else {
                #expect(count < 64, "\(count) bytes")
                continue
            }
            let whole = ends.count { $0 <= count }
            #expect(parsed.indices == (0..<whole).map { UInt64($0 + 1) }, "\(count) bytes")
            let end = whole == 0 ? min(128, count) : ends[whole - 1]
            #expect(parsed.damaged.isEmpty)
            #expect(parsed.torn == (end < count ? end..<count : nil), "\(count) bytes")
        }
    }

    @Test func everyBitFlipCostsAtMostItsRecordAndIsTold() throws {
        let (bytes, _, ends) = try segment()
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << UInt8(bit)
                guard let parsed = parse(flipped) else {
                    Issue.record("one bit at \(place) costs the segment")
                    continue
                }
                guard place >= 128 else {
                    #expect(parsed.indices.count == 12 && parsed.damaged.isEmpty && parsed.torn == nil, "bit \(bit) of \(place)")
                    continue
                }
                let hit = ends.firstIndex { place < $0 }!
                let kept = (1...12).filter { $0 != hit + 1 }.map { UInt64($0) }
                let range = (hit == 0 ? 128 : ends[hit - 1])..<ends[hit]
                if parsed.indices.count == 12 {
                    // The zeros after a block belong to no checksum, and say nothing.
                    #expect(parsed.damaged.isEmpty && parsed.torn == nil && place >= ends[hit] - 7)
                } else {
                    #expect(parsed.indices == kept, "bit \(bit) of \(place)")
                    #expect((parsed.damaged + [parsed.torn].compactMap { $0 }) == [range], "bit \(bit) of \(place)")
                }
            }
        }
    }

    @Test func randomDamageNeverBringsWhatWasNotWritten() throws {
        let (bytes, all, _) = try segment()
        let known = Set(all.map(\.index))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            damaged.removeLast(Int.random(in: 0...damaged.count / 2, using: &generator))
            guard let parsed = parse(damaged) else { continue }
            #expect(Set(parsed.indices).isSubset(of: known) && parsed.indices == parsed.indices.sorted())
        }
    }

    @Test func aTornEndIsToldOnceAndCut() throws {
        try withTemporaryDirectory { root in
            let all = entries(1...12)
            let desk = JournalDesk(root)
            desk.journal.append(all)
            desk.close()
            let path = desk.files.path(1)
            let bytes = try contents(path)
            try write(Array(bytes.dropLast(10)), to: path)
            let tail = desk.files.tail(after: 0, run: 9)
            #expect(tail.entries.map(\.index) == Array(1...11))
            #expect(tail.damages.count == 1 && tail.damages[0].contains(path) && tail.damages[0].contains("cut off"))
            try desk.files.cut(tail)
            let again = desk.files.tail(after: 0, run: 9)
            #expect(again.entries.map(\.index) == Array(1...11) && again.damages.isEmpty && again.cuts.isEmpty)
        }
    }

    @Test func aFullBudgetAsksForACheckpointAndGoesOnAfterIt() throws {
        try withTemporaryDirectory { root in
            let budget = 1 << 20
            let desk = JournalDesk(root, budget: budget)
            let all = entries(1...1500, blockBytes: 1000)
            for start in stride(from: 0, to: 1500, by: 50) { desk.journal.append(Array(all[start..<start + 50])) }
            #expect(eventually { desk.journal.status.fault != nil })
            let held = desk.stored
            #expect(held > 300 && held < 1500)
            #expect(desk.journal.status.wantsCheckpoint && desk.files.byteCount <= budget)
            #expect(desk.said.contains("journal.bytes"))
            // The newest checkpoint covers some that couldn't be written, the oldest frees what was.
            desk.journal.checkpointed(newest: held + 100, oldest: 0)
            #expect(desk.waits(for: held + 100))
            desk.journal.checkpointed(newest: held + 100, oldest: held)
            #expect(desk.waits(for: 1500))
            desk.close()
            #expect(desk.said.contains("stores again") && desk.journal.status.fault == nil)
            #expect(desk.files.byteCount <= budget)
            let kept = replay(desk.files, after: held + 100)
            #expect(kept == expected(Array(all[(Int(held) + 100)...])))
        }
    }

    /// A checkpoint may be long under way: what is journaled meanwhile is not covered by it.
    @Test func aCheckpointCoversWhatItsCaptureDid() throws {
        try withTemporaryDirectory { root in
            let desk = JournalDesk(root, budget: 4 << 20)
            for start: UInt64 in stride(from: 1, to: 1200, by: 100) {
                desk.journal.append(entries(start...start + 99, blockBytes: 1000))
                #expect(desk.waits(for: start + 99))
            }
            #expect(eventually { desk.journal.status.wantsCheckpoint })
            desk.journal.checkpointed(newest: 50, oldest: 0)
            #expect(desk.journal.status.wantsCheckpoint)
            desk.journal.checkpointed(newest: 1000, oldest: 0)
            #expect(!desk.journal.status.wantsCheckpoint)
            desk.close()
        }
    }

    @Test func segmentsLiveUntilTheOldestCheckpointCoversThem() throws {
        try withTemporaryDirectory { root in
            let desk = JournalDesk(root, budget: 4 << 20)
            desk.journal.append(entries(1...1200, blockBytes: 1000))
            #expect(desk.waits(for: 1200))
            let before = desk.files.numbers
            #expect(before.count > 2)
            desk.journal.checkpointed(newest: 1200, oldest: 601)
            #expect(eventually { desk.files.numbers.count < before.count })
            #expect(replay(desk.files, after: 601).first?.header.sequence == 602)
            desk.close()
        }
    }

    /// The segment that is written to lives as long as something in it is of use.
    @Test(arguments: [50, 49] as [UInt64]) func aJournalThatIsClosedGivesUpWhatIsCovered(position: UInt64) throws {
        try withTemporaryDirectory { root in
            let desk = JournalDesk(root)
            desk.journal.append(entries(1...50))
            #expect(desk.waits(for: 50) && desk.files.numbers.count == 1)
            desk.journal.checkpointed(newest: position, oldest: position)
            desk.close()
            #expect(desk.files.numbers.isEmpty == (position == 50))
        }
    }

    /// Removed, or at another place as after its file system was unmounted.
    @Test(arguments: [false, true]) func aFolderThatIsGoneIsToldAndMadeAgain(isMoved: Bool) throws {
        try withTemporaryDirectory { root in
            let desk = JournalDesk(root)
            desk.journal.append(entries(1...10))
            #expect(desk.waits(for: 10))
            if isMoved {
                try FileManager.default.moveItem(atPath: root + "/journal", toPath: root + "/elsewhere")
            } else {
                try FileManager.default.removeItem(atPath: root + "/journal")
            }
            desk.journal.append(entries(11...20))
            #expect(desk.waits(for: 20))
            #expect(desk.said.contains("was removed"))
            // One whose capture was taken before all of them were settled doesn't keep them.
            for (position, isEnough) in [(0, false), (9, false), (10, true)] as [(UInt64, Bool)] {
                desk.journal.checkpointed(newest: position, oldest: 0)
                #expect(desk.journal.status.wantsCheckpoint != isEnough, "position \(position)")
            }
            desk.close()
            #expect(replay(desk.files, after: 10) == expected(entries(11...20)))
        }
    }

    @Test func nothingIsLostWhileTheFolderCantBeWritten() throws {
        try withTemporaryDirectory { root in
            // A file where the folder should be: root is refused too.
            try write("", to: root + "/journal")
            let desk = JournalDesk(root)
            desk.journal.append(entries(1...10))
            #expect(eventually { desk.journal.status.fault != nil })
            #expect(desk.stored == 0)
            try FileManager.default.removeItem(atPath: root + "/journal")
            #expect(desk.waits(for: 10))
            desk.close()
            #expect(replay(desk.files) == expected(entries(1...10)))
        }
    }
}
