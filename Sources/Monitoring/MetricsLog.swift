import Foundation
package import StarlingStorage

/// `metrics.jsonl` read again: the rows that count, oldest first. What a resume rolled back is passed over, and so is a line that is no
/// row, or not whole yet.
///
/// Rows are looked at as bytes: a run of a day has some hundred thousand, and a curve takes two of their hundred columns.
package struct MetricsLog {
    private let bytes: Data
    private let rows: [Range<Int>]

    /// - Returns: nil when there is no such file.
    package init?(_ paths: RunPaths) {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: paths.metrics), options: .mappedIfSafe) else { return nil }
        self.bytes = bytes
        let standing = MetricRow.beginning(isRolledBack: false)
        rows = bytes.withUnsafeBytes { bytes in
            var rows: [Range<Int>] = []
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if bytes[start..<end].starts(with: standing) { rows.append(start..<end) }
                start = end + 1
            }
            return rows
        }
    }

    package var count: Int { rows.count }

    /// Names of the columns, in order.
    package var columns: [String] {
        guard let row = rows.last else { return [] }
        let text = bytes.withUnsafeBytes { String(decoding: $0[row], as: UTF8.self) }
        return text.split(separator: ",\"").compactMap { part in
            part.split(separator: "\":").first.map { String($0.drop { $0 == "{" || $0 == "\"" }) }
        }
    }

    /// Numbers of a column, row by row; NaN where there is none.
    package func numbers(_ column: String) -> [Double] {
        bytes.withUnsafeBytes { bytes in rows.map { Self.text(column, in: bytes[$0]).flatMap(Double.init) ?? .nan } }
    }

    /// The newest number of a column; nil where there is none.
    package func lastNumber(_ column: String) -> Double? {
        bytes.withUnsafeBytes { bytes in
            rows.lazy.reversed().compactMap { Self.text(column, in: bytes[$0]).flatMap(Double.init) }.first { $0.isFinite }
        }
    }

    /// The words of a column in the newest row; nil where it has none.
    package func lastText(_ column: String) -> String? {
        bytes.withUnsafeBytes { bytes in
            rows.last.flatMap { Self.text(column, in: bytes[$0]) }.flatMap { $0.hasPrefix("\"") ? String($0.dropFirst()) : nil }
        }
    }

    /// The value of a key, a text with the quote that it begins with. Quotes within texts are escaped, so a key is found as it is written.
    private static func text(_ column: String, in row: Slice<UnsafeRawBufferPointer>) -> String? {
        var column = column
        return column.withUTF8 { key -> String? in
            let quote = UInt8(ascii: "\"")
            var place = row.startIndex
            while let start = row[place...].firstIndex(of: quote) {
                place = start + 1
                let end = place + key.count
                guard end + 1 < row.endIndex, row[end] == quote, row[end + 1] == UInt8(ascii: ":"), row[place..<end].elementsEqual(key)
                else { continue }
                let value = row[(end + 2)...]
                let isText = value.first == quote
                let stops = isText ? [quote] : [UInt8(ascii: ","), UInt8(ascii: "}")]
                let content = isText ? value.dropFirst() : value
                let text = String(decoding: content.prefix { !stops.contains($0) }, as: UTF8.self)
                return isText ? "\"" + text : text
            }
            return nil
        }
    }
}
