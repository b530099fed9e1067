import StarlingStorage

extension LineFile {
    private static let standing = MetricRow.beginning(isRolledBack: false)
    // As long as the other, so that it takes its place.
    private static let rolledBack = MetricRow.beginning(isRolledBack: true)

    /// Marks the rows of updates that the run has lost. They are those at the end of the file, between rows that were marked
    /// when the run was resumed before: what the run goes on from is behind all of them.
    func markRowsRolledBack(beyond update: UInt64) throws(StorageError) {
        try revise { row in
            // Marked already, or nothing of ours.
            guard row.starts(with: Self.standing), let own = MetricRow.update(of: row) else { return .keep }
            return own > update ? .begin(Self.rolledBack) : .stop
        }
    }
}

/// The bytes of a row, as far as they are looked at again.
enum MetricRow {
    /// What a row begins with.
    static func beginning(isRolledBack: Bool) -> [UInt8] {
        Array("{\"\(MetricTable.rolledBack)\":\(isRolledBack ? "true " : "false")".utf8)
    }

    private static let updateKey = Array("\"\(MetricTable.update)\":".utf8)

    /// The update that a row tells of; nil when it has none.
    static func update(of row: ArraySlice<UInt8>) -> UInt64? {
        guard let key = row.firstRange(of: updateKey) else { return nil }
        let digits = row[key.upperBound...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
