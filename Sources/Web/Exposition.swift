/// Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0, which names counters' families otherwise, tells units, and ends
/// with a line that says so.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats and https://prometheus.io/docs/specs/om/open_metrics_spec
package struct Exposition {
    package enum Format: Sendable {
        case text
        case openMetrics

        package var contentType: String {
            switch self {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// What an `Accept` header asks for.
        package init(accept: String?) {
            func quality(_ type: String, _ fits: (String) -> Bool) -> Double {
                (accept ?? "").split(separator: ",").reduce(0) { best, range in
                    let words = range.split(separator: ";").map { $0.lowercased().filter { $0 != " " && $0 != "\t" && $0 != "\"" } }
                    guard words.first == type, words.allSatisfy({ !$0.hasPrefix("version=") || fits($0) }) else { return best }
                    return max(best, words.first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1)
                }
            }
            let open = quality("application/openmetrics-text") { $0 == "version=1.0.0" }
            self = open > 0 && open >= quality("text/plain") { $0 == "version=0.0.4" } ? .openMetrics : .text
        }
    }

    private let format: Format
    private var text = ""

    package init(_ format: Format) { self.format = format }

    /// A sample's labels and its value; nil or NaN where there is none now.
    package struct Sample {
        let labels: [(String, String)]
        let value: Double?

        package init(_ labels: (String, String)..., value: Double?) { (self.labels, self.value) = (labels, value) }
    }

    package mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, type: "gauge", help, samples, suffix: "")
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Double?) { gauge(name, help, [Sample(value: value)]) }

    /// - Parameter name: without `_total`.
    package mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, type: "counter", help, samples, suffix: "_total")
    }

    package mutating func counter(_ name: String, _ help: String, _ value: Double?) { counter(name, help, [Sample(value: value)]) }

    /// Words about something, as labels of a sample that is always 1.
    /// - Parameter name: without `_info`.
    package mutating func info(_ name: String, _ help: String, _ labels: [(String, String)]) {
        let isOpen = format == .openMetrics
        head(isOpen ? name : name + "_info", type: isOpen ? "info" : "gauge", help)
        line(name + "_info", labels, 1)
    }

    /// - Parameters:
    ///   - counts: of values up to each of the bounds and above the one before; the last one's is of those above all bounds.
    ///   - sum: of all values.
    package mutating func histogram(_ name: String, _ help: String, bounds: [Double], counts: [UInt64], sum: Double) {
        head(name, type: "histogram", help)
        var total: UInt64 = 0
        for (place, count) in counts.enumerated() {
            total += count
            line(name + "_bucket", [("le", Self.number(place < bounds.count ? bounds[place] : .infinity))], Double(total))
        }
        line(name + "_sum", [], sum)
        line(name + "_count", [], Double(total))
    }

    /// All of it.
    package func finished() -> [UInt8] { Array((format == .openMetrics ? text + "# EOF\n" : text).utf8) }

    private mutating func family(_ name: String, type: String, _ help: String, _ samples: [Sample], suffix: String) {
        let known = samples.filter { $0.value.map { !$0.isNaN } ?? false }
        guard !known.isEmpty else { return }
        head(format == .openMetrics ? name : name + suffix, type: type, help)
        for sample in known { line(name + suffix, sample.labels, sample.value!) }
    }

    private static let units = ["seconds", "bytes", "nats", "updates", "unrolls", "decibels"]

    private mutating func head(_ name: String, type: String, _ help: String) {
        text += "# TYPE \(name) \(type)\n"
        if format == .openMetrics, let unit = Self.units.first(where: { name.hasSuffix("_" + $0) }) { text += "# UNIT \(name) \(unit)\n" }
        text += "# HELP \(name) \(Self.escaped(help, quotes: format == .openMetrics))\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String { value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)" }

    /// A name of which Prometheus takes every letter.
    package static func name(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) ? Character($0) : "_" })
    }
}
