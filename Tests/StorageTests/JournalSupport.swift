import Foundation
import StarlingExperience
import StarlingStorage
import StarlingThreads
import Synchronization

/// Entries as a learner writes them: every fifth is no unroll, blocks of several sizes.
func entries(_ range: ClosedRange<UInt64>, blockBytes: Int = 48) -> [JournalEntry] {
    range.map { index in
        let actor = ActorIdentity(ordinal: 3, instance: index % 2 == 0 ? "one" : "the other, with a longer name", incarnation: 7)
        guard index % 5 != 0 else {
            let event: JournalEntry.Event = index % 10 == 0 ? .left(reason: "said goodbye") : .skipped(through: index)
            return JournalEntry(index: index, actor: actor, produced: index + 2, event: event)
        }
        let header = UnrollHeader(
            sequence: index, version: ParameterVersion(generation: 2, update: 1000 + index), digest: ~index,
            scalars: index % 3 == 1 ? ActingScalars(epsilon: 0.25, temperature: Float(index)) : ActingScalars(), firstStep: 20 * index,
            firstEnvironment: UInt32(8 * (index % 3)), noiseKey: 0xAAAA_5555 &* index,
            episodes: (0..<index % 3).map { .init(episodeReturn: Float($0) + 0.5, length: UInt32($0)) })
        // Sizes that aren't multiples of 8 too.
        let size = blockBytes + Int(index % 7)
        let pointer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        for place in 0..<size { pointer[place] = UInt8(truncatingIfNeeded: UInt64(place) &* 31 &+ index) }
        return JournalEntry(
            index: index, actor: actor, produced: index, event: .unroll(sequence: index),
            unroll: JournaledUnroll(header: header, block: UnsafeRawBufferPointer(pointer), owner: Freed(pointer)))
    }
}

/// `@unchecked Sendable`: only frees.
private final class Freed: @unchecked Sendable {
    let pointer: UnsafeMutableRawBufferPointer
    init(_ pointer: UnsafeMutableRawBufferPointer) { self.pointer = pointer }
    deinit { pointer.deallocate() }
}

/// A journal and what it said.
final class JournalDesk: Sendable {
    let journal: Journal
    let files: JournalFiles
    let storedIndex = Mutex<UInt64>(0)

    init(_ root: String, sync: JournalSync = .os, budget: Int = 64 << 20, generation: UInt32 = 1, fence: RunFence? = nil) {
        files = JournalFiles(RunPaths(root))
        let tail = files.tail(after: 0, run: 9)
        let box = Box()
        journal = Journal(
            files, .init(sync: sync, byteBudget: budget, checkpointsKept: 2, run: 9, generation: generation, fence: fence),
            lastIndices: tail.lastIndices
        ) { word in
            switch word {
            case .warning(let line), .info(let line): box.lines.withLock { $0.append(line) }
            }
        }
        lines = box
        journal.start { [self] index in
            storedIndex.withLock { stored in
                if index < stored { box.lines.withLock { $0.append("stored went back") } }
                stored = index
            }
        }
    }

    private let lines: Box
    private final class Box: Sendable { let lines = Mutex<[String]>([]) }

    var said: String { lines.lines.withLock { $0.joined(separator: "\n") } }
    var stored: UInt64 { storedIndex.withLock { $0 } }

    func waits(for index: UInt64) -> Bool { eventually { self.stored >= index } }
    func close() { journal.close(before: .after(seconds: 10)) }
}

/// Asks again and again until it holds, for at most 20 s.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = Deadline.after(seconds: 20)
    while !condition() {
        if deadline.isPast { return false }
        usleep(5_000)
    }
    return true
}

/// What a replay hands over: sequence, numbers and block.
struct Replayed: Equatable {
    var header: UnrollHeader
    var block: [UInt8]
}

func replay(_ files: JournalFiles, after position: UInt64 = 0) -> [Replayed] {
    let replay = JournalReplay(files, files.tail(after: position, run: 9), after: position)
    var unrolls: [Replayed] = []
    while let unroll = replay.next({ Replayed(header: $0.unroll!.header, block: Array($1)) }) { unrolls.append(unroll) }
    return unrolls
}

func expected(_ entries: [JournalEntry]) -> [Replayed] {
    entries.compactMap { entry in entry.unroll.map { Replayed(header: $0.header, block: Array($0.block)) } }
}
