import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingThreads
import StarlingTransport

/// What the page is told, as JSON.
struct RunNews: Sendable {
    private let table: MetricTable
    /// The table's numbers, and what is derived for the page.
    let columns: [String]
    private static let derived = ["return_low", "return_high"] + activities.map { "share_" + $0 }
    private static let activities = ["stepping", "inference", "transport", "waiting", "evaluating"]

    init(_ declared: [Metric]) {
        table = MetricTable(declared)
        columns = table.names + Self.derived
    }

    /// Shares of the actors' time since the report before; nil where nothing was told.
    private static func shares(_ report: LearnerReport, since earlier: ActorTimes) -> [Double] {
        let times = report.actorTimes.since(earlier)
        guard times.total > 0 else { return activities.map { _ in .nan } }
        return [times.stepping, times.inference, times.transport, times.waiting, times.evaluating].map { Double($0) / Double(times.total) }
    }

    /// A value for each column; NaN where there is none.
    func values(_ report: LearnerReport, since earlier: ActorTimes) -> [Float] {
        guard case .object(let members) = table.row(report) else { return [] }
        let spread = report.returnSpread.map { [Float($0.lowerBound), Float($0.upperBound)] } ?? [.nan, .nan]
        return members.map { Self.number($0.value) } + spread + Self.shares(report, since: earlier).map(Float.init)
    }

    static func number(_ value: JSONValue) -> Float {
        switch value {
        case .number(let number): Float(number)
        case .integer(let integer): Float(integer)
        default: .nan
        }
    }

    /// A report's event.
    func row(_ report: LearnerReport, since earlier: ActorTimes) -> [UInt8] {
        let shares = zip(Self.activities, Self.shares(report, since: earlier)).filter { $1.isFinite }
        let imbalance = report.ledger.actorImbalance.magnitude + report.ledger.learnerImbalance.magnitude
        return Self.event(
            "row",
            .object([
                .init("row", table.row(report)), .init("isTraining", .boolean(report.isTraining)),
                .init("low", .number(report.returnSpread?.lowerBound)), .init("high", .number(report.returnSpread?.upperBound)),
                .init("shares", .object(shares.map { .init("share_" + $0, .number($1)) })),
                .init("lag", .array(report.lagBuckets.counts.map { .integer($0) })),
                .init("bounds", .array(LagBuckets.bounds.map { .integer($0) })),
                .init("imbalance", .integer(imbalance)), .init("wanted", .integer(report.actorsWanted)),
                .init("limit", report.lagLimit.map { .text($0.brief) } ?? .null),
                .init(
                    "waits",
                    .object([.init("trainer", .number(report.pressure.trainerWaits)), .init("actors", .number(report.pressure.actorsWait))])
                ),
                .init(
                    "alarms", .array(report.alarms.map { .object([.init("text", .text($0.text)), .init("isBad", .boolean($0.isBad))]) })),
            ]))
    }

    /// What stays as it is.
    func run(_ facts: RunFacts) -> [UInt8] {
        let metrics = table.groups.filter { $0.title.hasPrefix("Learning") }.flatMap(\.columns)
        return Self.event(
            "run",
            .object([
                .init("version", .text(facts.version)), .init("recipe", .text(facts.recipe)), .init("run", .text(facts.run)),
                .init("environment", .text(facts.environment)), .init("algorithm", .text(facts.algorithm)),
                .init("seed", .integer(facts.seed)), .init("generation", .integer(UInt64(facts.generation))),
                .init("lagLimit", .integer(facts.policyLagLimit)),
                .init(
                    "metrics",
                    .array(
                        metrics.map {
                            .object([.init("name", .text($0.name)), .init("unit", .text($0.unit)), .init("meaning", .text($0.meaning))])
                        })),
            ]))
    }

    /// - Parameter earlier: acknowledged unrolls of the actors some seconds ago, by name.
    static func actors(_ actors: [ActorOverview], since earlier: [String: UInt64], seconds: Double) -> [UInt8] {
        let list = actors.map { actor -> JSONValue in
            let rate = earlier[actor.name].map { Double(actor.acknowledged >= $0 ? actor.acknowledged - $0 : 0) / max(0.1, seconds) }
            return .object([
                .init("name", .text(actor.name)), .init("state", .text(actor.state.rawValue)), .init("threads", .integer(actor.threads)),
                .init("rate", .number(rate)), .init("acknowledged", .integer(actor.acknowledged)), .init("outbox", .integer(actor.outbox)),
                .init("credit", .integer(actor.credit)), .init("waits", .number(actor.waits)), .init("silence", .number(actor.silence)),
            ])
        }
        return event("actors", .object([.init("actors", .array(list))]))
    }

    /// The run begins with the first actor that brings its environment.
    static let awaitingEnvironment = event("waiting", .object([]))

    /// No more is told.
    static let end = event("end", .object([]))

    /// A server-sent event. JSON on one line has no line ends.
    private static func event(_ name: String, _ value: JSONValue) -> [UInt8] { Array("event: \(name)\ndata: \(value.line)\n\n".utf8) }
}
