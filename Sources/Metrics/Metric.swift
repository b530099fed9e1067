/// A number of a run over time, declared once by whoever produces it: a key of `metrics.jsonl`, a row of the documentation's
/// page, and, if it says so, a cell of the panel.
public struct Metric: Hashable, Sendable {
    /// The key.
    public let name: String
    /// "1" for plain numbers and counts.
    public let unit: String
    /// One sentence, for the page.
    public let meaning: String
    /// How the values of an interval become one.
    public let kind: Kind
    /// What it belongs to.
    public let group: Group
    /// Where people see it while the run goes on; nil: nowhere.
    public let cell: Cell?

    /// A metric that is told under this name, in this unit.
    public init(
        _ name: String, _ unit: String, _ meaning: String, _ kind: Kind = .mean, in group: Group = .learning, cell: Cell? = nil
    ) {
        self.name = name
        self.unit = unit
        self.meaning = meaning
        self.kind = kind
        self.group = group
        self.cell = cell
    }

    /// Why it can't be shown, as a sentence's end; nil when it can.
    package var fault: String? {
        guard let label = cell?.label, label.count > Cell.labelLimit else { return nil }
        return "the cell label \"\(label)\" of \(label.count) characters: the panel has room for \(Cell.labelLimit)"
    }

    /// In what it isn't another of the same name.
    package func difference(from other: Metric) -> String {
        let parts = [
            ("unit", unit == other.unit), ("meaning", meaning == other.meaning), ("kind", kind == other.kind),
            ("group", group == other.group), ("cell", cell == other.cell),
        ]
        return parts.filter { !$0.1 }.map(\.0).joined(separator: ", ")
    }

    /// The name for sentences.
    public var words: String { String(name.map { $0 == "_" ? " " : $0 }) }

    /// How the values of an interval become one, and how that one is written.
    public enum Kind: Hashable, Sendable {
        /// The mean of the interval's values.
        case mean
        /// The newest value, however old.
        case last
        /// The same, a whole number.
        case count
        /// The largest of the interval's values.
        case maximum
        /// Seconds: their sum as a fraction of the interval.
        case timeShare
    }

    /// Metrics that belong together, wherever they come from.
    public enum Group: Hashable, Sendable { case learning, asynchrony, time }

    /// How the panel shows it.
    public struct Cell: Hashable, Sendable {
        static let labelLimit = 11

        /// At most 11 characters.
        public let label: String
        /// What follows the value: a unit, or a word.
        public let suffix: String
        /// Its name in the plain lines that a pipe or a file gets instead of the panel; nil: it is not among them.
        public let plainLabel: String?

        /// - Parameter label: at most 11 characters.
        public init(_ label: String, suffix: String = "", plain: String? = nil) {
            self.label = label
            self.suffix = suffix
            plainLabel = plain
        }
    }
}
