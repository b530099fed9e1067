import Foundation

extension RunHistory {
    /// A file of so many bytes is read whole.
    private static let wholeLimit: UInt64 = 4 << 20
    /// Rows of a longer one that are looked at, evenly spread over it.
    private static let sampleCount = 1500
    /// A row has fewer bytes.
    private static let rowLimit = 1 << 14

    /// The curves of a `metrics.jsonl`, as far as its rows count.
    /// - Parameter frames: rows beyond them are of a history that the run has lost.
    init(_ names: [String], readFrom path: String, until frames: UInt64) {
        self.init(names)
        guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd() else { return }
        defer { try? file.close() }
        guard size > Self.wholeLimit else {
            guard (try? file.seek(toOffset: 0)) != nil, let bytes = try? file.readToEnd() else { return }
            for line in bytes.split(separator: 10) { add(Data(line), until: frames) }
            return
        }
        var end: UInt64 = 0
        for sample in 0..<UInt64(Self.sampleCount) {
            let wanted = size * sample / UInt64(Self.sampleCount)
            guard wanted >= end, (try? file.seek(toOffset: wanted)) != nil, let bytes = try? file.read(upToCount: 2 * Self.rowLimit) else {
                continue
            }
            // The first whole row from there on.
            let start = wanted == 0 ? bytes.startIndex : (bytes.firstIndex(of: 10).map { $0 + 1 } ?? bytes.endIndex)
            guard let stop = bytes[start...].firstIndex(of: 10) else { continue }
            end = wanted + UInt64(stop - bytes.startIndex)
            add(Data(bytes[start..<stop]), until: frames)
        }
    }

    private mutating func add(_ line: Data, until limit: UInt64) {
        guard let row = try? JSONSerialization.jsonObject(with: line) as? [String: Any], row["rolled_back"] as? Bool != true,
            let seconds = (row["seconds"] as? NSNumber)?.doubleValue, let frames = (row["frames"] as? NSNumber)?.doubleValue,
            frames <= Double(limit)
        else { return }
        append(seconds: seconds, frames: frames, names.map { (row[$0] as? NSNumber).map { $0.floatValue } ?? .nan })
    }
}
