import Foundation
package import StarlingExperience

/// The segments of a run's journal: `journal/<number>.segment`. Reading them needs no lock.
package struct JournalFiles: Sendable {
    let directory: String

    package init(_ paths: RunPaths) { directory = paths.journal }

    /// Numbers of the segments, oldest first.
    package var numbers: [UInt64] {
        (FileSystem.names(in: directory) ?? []).compactMap { name in
            guard name.hasSuffix(".segment"), let number = UInt64(name.dropLast(8)), self.name(number) == name
            else { return nil }
            return number
        }.sorted()
    }

    package func path(_ number: UInt64) -> String { directory + "/" + name(number) }

    private func name(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ".segment"
    }

    /// Bytes of all segments.
    package var byteCount: Int { numbers.reduce(0) { $0 + size(of: $1) } }

    func size(of number: UInt64) -> Int {
        var status = stat()
        return stat(path(number), &status) == 0 ? Int(status.st_size) : 0
    }

    /// Reads a segment, at most what one can hold.
    package func read(_ number: UInt64) throws(StorageError) -> [UInt8] {
        do {
            return try FileSystem.read(path(number), limit: 1 << 30)
        } catch { throw StorageError(error) }
    }

    /// Everything behind `position`, without blocks.
    /// - Parameter run: segments of another run are passed over and told.
    package func tail(after position: UInt64, run: UInt64?) -> JournalTail {
        var tail = JournalTail()
        var last = position
        for number in numbers { tail.read(number, of: self, after: position, last: &last, run: run) }
        return tail
    }

    /// Removes segments that checkpoints cover, where no journal does it.
    package func remove(through position: UInt64, _ tail: JournalTail) {
        for (number, last) in tail.lastIndices where last <= position { unlink(path(number)) }
    }

    /// Cuts off the torn ends that a scan has found, so that they are told once.
    package func cut(_ tail: JournalTail) throws(StorageError) {
        for cut in tail.cuts {
            guard truncate(path(cut.segment), off_t(cut.byteCount)) == 0 else {
                throw StorageError(SystemFault("cut", path(cut.segment)))
            }
        }
    }
}

/// What a journal holds beyond a checkpoint.
package struct JournalTail: Sendable {
    /// In the order of their indices. Their blocks are empty.
    package private(set) var entries: [JournalEntry] = []
    /// What is damaged and therefore lost: one line each.
    package private(set) var damages: [String] = []
    /// Segments that end in the middle of a record, and where their last whole one ends.
    package private(set) var cuts: [(segment: UInt64, byteCount: Int)] = []
    /// Segments that entries were taken from, in the order of reading.
    package private(set) var segments: [UInt64] = []
    /// Index of the last entry of every segment that could be read.
    package private(set) var lastIndices: [UInt64: UInt64] = [:]
    private var names: [String: String] = [:]

    package init() {}

    /// Unrolls among the entries.
    package var unrollCount: Int { entries.count { $0.event.isOpen } }

    mutating func read(
        _ number: UInt64, of files: JournalFiles, after position: UInt64, last: inout UInt64, run: UInt64?
    ) {
        let path = files.path(number)
        let bytes: [UInt8]
        do {
            bytes = try files.read(number)
        } catch {
            damages.append(error.message)
            return
        }
        var lastIndex: UInt64 = 0
        bytes.withUnsafeBytes { bytes in
            guard bytes.count >= SegmentHeader.copyByteCount else { return }
            guard let header = SegmentHeader(bytes), var parser = SegmentParser(bytes) else {
                damages.append("\(path): its first \(SegmentHeader.byteCount) bytes are damaged; all its \(bytes.count) bytes are lost")
                return
            }
            if let run, header.run != run {
                damages.append("\(path) belongs to another run and is passed over")
                return
            }
            segments.append(number)
            while let item = parser.next() {
                switch item {
                case .record(let entry, _):
                    lastIndex = max(lastIndex, entry.index)
                    guard entry.index > last else { continue }
                    last = entry.index
                    entries.append(compact(entry))
                // What a checkpoint covers is no loss.
                case .damaged(_, let entry?) where entry.index <= position: continue
                case .damaged(let range, let entry): damages.append(Self.line(path, range, entry))
                case .torn(let range):
                    damages.append(
                        "\(path): the last \(range.count) bytes, from byte \(range.lowerBound), are no whole record and are cut off")
                    cuts.append((number, range.lowerBound))
                }
            }
        }
        lastIndices[number] = lastIndex
    }

    /// Without what only a training needs; names are shared.
    private mutating func compact(_ entry: JournalEntry) -> JournalEntry {
        var entry = entry
        entry.unroll = nil
        if let name = names[entry.actor.instance] {
            entry.actor.instance = name
        } else {
            names[entry.actor.instance] = entry.actor.instance
        }
        return entry
    }

    private static func line(_ path: String, _ range: Range<Int>, _ entry: JournalEntry?) -> String {
        let place = "\(path): \(range.count) bytes from byte \(range.lowerBound) are damaged and skipped"
        guard let entry else { return place }
        guard let through = entry.event.through else { return "\(place) (entry \(entry.index) of actor \(entry.actor))" }
        return "\(place) (unroll \(through) of actor \(entry.actor))"
    }
}
