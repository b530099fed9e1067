import Foundation
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import StarlingStorage

/// The ledger of a run directory, whether its learner works, has ended or was killed. It reads only.
struct LedgerReport {
    enum Source: String {
        /// A learner works here: its last checkpoint and what the journal holds beyond it.
        case running
        /// The last learner left no last word: the same.
        case killed
        /// As the last learner closed it.
        case ended
    }

    let source: Source
    let books: LedgerBooks
    /// What of the journal can't be read: one line each.
    let damages: [String]

    init(_ paths: RunPaths) throws {
        guard FileManager.default.fileExists(atPath: paths.configuration) else {
            throw CommandError("\(paths.root) holds no run: there is no config.yaml in it")
        }
        let isRunning = RunDirectory.isInUse(paths)
        if !isRunning, let data = FileManager.default.contents(atPath: paths.ledger),
            let stored = try? JSONDecoder().decode(StoredLedger.self, from: data)
        {
            (source, books, damages) = (.ended, stored.books, [])
            return
        }
        source = isRunning ? .running : .killed
        var damages: [String] = []
        let checkpoint = CheckpointStore(paths).newestGoodState(as: StoredBooks.self) { damages.append($0.message) }
        var books = checkpoint?.state.books ?? LedgerBooks()
        let tail = JournalFiles(paths).tail(after: books.position, run: nil)
        for entry in tail.entries { books.apply(entry, nil) }
        self.books = books
        // The end of a journal that is being written is no damage.
        self.damages = damages + (isRunning ? [] : tail.damages)
    }

    static func text(of ledger: StoredLedger) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(ledger) else { preconditionFailure("a ledger of plain numbers has no text") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    var json: JSONValue {
        let accounts = books.accounts.values.sorted { $0.actor.instance < $1.actor.instance }
        var members: [JSONValue.Member] = [
            .init("state", .text(source.rawValue)),
            .init("balanced", .boolean(books.ledger.isBalanced)),
            .init("total", books.ledger.json),
            .init(
                "actors",
                .object(
                    accounts.map { account in
                        guard case .object(let numbers) = account.ledger.json else { return .init(account.actor.instance, .null) }
                        let head: [JSONValue.Member] = [
                            .init("incarnation", .integer(account.actor.incarnation)),
                            .init("left", account.leaving.map { .text($0) } ?? .null),
                        ]
                        return .init(account.actor.instance, .object(head + numbers))
                    })),
            .init("former_actors", books.former.json),
        ]
        for (number, damage) in damages.enumerated() { members.append(.init("damage_\(number + 1)", .text(damage))) }
        return .object(members)
    }

    /// A table for people: an actor a row, those with the most unrolls first.
    var lines: [String] {
        let counts = [
            "produced", "acknowledged", "outbox", "dropped", "lost", "trained", "too stale", "invalid", "abandoned", "pending",
            "lost with learner",
        ]
        var table = TextTable([.init("actor", .leading)] + counts.map { .init($0) } + [.init("left", .leading)])
        let accounts = books.accounts.values.sorted {
            ($1.ledger.produced, $0.actor.instance) < ($0.ledger.produced, $1.actor.instance)
        }
        for account in accounts { table.append(Self.row(Self.cell("\(account.actor)"), account.ledger, Self.cell(account.leaving ?? ""))) }
        if books.former.produced > 0 { table.append(Self.row("earlier starts", books.former, "")) }
        table.append(Self.row("total", books.ledger, ""))
        return table.lines(width: Terminal.tableWidth) + ["", ending] + damages
    }

    /// A name as it stands in the table: one that could be taken for a row of it, or that is not plain, in quotes, and none
    /// without end.
    private static func cell(_ text: String) -> String {
        let isOwn = ["actor", "total", "earlier starts"].contains(text.lowercased().trimmingCharacters(in: .whitespaces))
        let isClear = PrintableText.isPlain(text) && text == text.trimmingCharacters(in: .whitespaces) && !text.contains("\"")
        let shown = text.count > 64 ? text.prefix(63) + "…" : text[...]
        guard isOwn || !isClear else { return String(shown) }
        return "\"\(PrintableText.escaped(String(shown)).replacing("\"", with: "\\\""))\""
    }

    private var ending: String {
        let ledger = books.ledger
        let state =
            switch source {
            case .running:
                "A learner works on this run: its last checkpoint and its journal say so, where what came since that checkpoint stands as pending."
            case .killed:
                "The last learner was killed, or had no room for its last word: its newest checkpoint, if it has one, and its journal say so; --resume goes on from them."
            case .ended: "As the last learner left it."
            }
        guard ledger.isBalanced else {
            return "\(state) It does NOT balance: actors by \(ledger.actorImbalance), learner by \(ledger.learnerImbalance)."
        }
        let rest =
            source == .running || ledger.pending == 0
            ? "" : " \(ledger.pending) acknowledged ones have no fate yet: they wait in the journal, should the run go on."
        return """
            \(state) It balances: \(ledger.produced) produced = \(ledger.acknowledged) acknowledged + \(ledger.outbox) with \
            actors + \(ledger.dropped) dropped + \(ledger.lostWithActor) lost with actors.\(rest)
            """
    }

    private static func row(_ name: String, _ ledger: Ledger, _ leaving: String) -> [String] {
        [name]
            + [
                ledger.produced, ledger.acknowledged, ledger.outbox, ledger.dropped, ledger.lostWithActor, ledger.trained,
                ledger.tooStale, ledger.invalid, ledger.abandoned, ledger.pending, ledger.lostWithLearner,
            ].map { "\($0)" } + [leaving]
    }
}
