import StarlingCompute
import StarlingLatentPolicy
import StarlingMetrics

/// A phase grown: the loss of its objectives over some rows and a derivative for each group that it moves.
struct PhaseGraph {
    let graph: Graph
    let pass: ModelPass
    /// The objectives' terms, in order.
    let terms: [Grown]
    let total: Port<Float>
    /// By group of the phase.
    let gradients: [Gradients]

    struct Grown {
        let term: Term
        let port: Port<Float>
    }

    /// The whole: forward to what targets need, then the loss and its derivatives.
    /// - Throws: `DesignError` for a phase without a loss, or a term that nobody declared.
    init(_ phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, steps: Int) throws {
        var g = design.makeGraph(context)
        var pass = ModelPass(&g, context, steps: steps)
        var grown: [Term] = []
        for objective in phase.objectives {
            let terms = objective.grow(&g, &pass)
            for case let metric? in terms.map(\.metric) where !objective.metrics.contains(metric) {
                throw DesignError("\(type(of: objective)) has the term \(metric.name), which its `metrics` don't list")
            }
            grown += terms
        }
        for objective in phase.objectives { pass.grow(&g, objective.needs) }
        var total: Node?
        for term in grown {
            guard let weight = term.weight else { continue }
            let part = weight == 1 ? term.node : g.scale(term.node, weight)
            total = total.map { g.add($0, part) } ?? part
        }
        guard let total else {
            throw DesignError("a phase has no loss: none of \(phase.objectives.map { "\(type(of: $0))" }) gives a term with a weight")
        }
        terms = grown.enumerated().map { Grown(term: $1, port: g.output("term.\($0)", $1.node)) }
        self.total = g.output("loss", total)
        var gradients: [Gradients] = []
        for name in phase.groups { gradients.append(g.differentiate(total, by: try design.group(name).group)) }
        self.gradients = gradients
        self.pass = pass
        graph = g
    }

    /// Forward to what targets need, without a loss.
    init(preparing phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, steps: Int) {
        var g = design.makeGraph(context)
        var pass = ModelPass(&g, context, steps: steps)
        // All that they grow, for they may need outputs of their own; what nobody reads is not computed.
        for objective in phase.objectives { _ = objective.grow(&g, &pass) }
        for objective in phase.objectives { pass.grow(&g, objective.needs) }
        (terms, gradients) = ([], [])
        total = g.output("loss", g.constant(0))
        self.pass = pass
        graph = g
    }

    /// Observations drawn from the reservoir beside so many of the batch.
    func reservoirRows(beside rows: Int) -> Int {
        guard let share = pass.reservoir?.share else { return 0 }
        return max(1, Int((Float(rows) * share / (1 - share)).rounded()))
    }
}

extension TrainingDesign {
    /// A graph with every parameter there is, so that all graphs have one layout.
    func makeGraph(_ context: TrainingContext) -> Graph {
        var g = context.policy.makeGraph()
        extraModules(&g, context.policy)
        ObservationStatistics.declare(&g, context.policy)
        LatentStatistics.declare(&g, context.policy)
        if normalizesReturns { ReturnScale.declare(&g) }
        return g
    }

    func group(_ name: String) throws -> TrainedGroup {
        guard let group = groups.first(where: { $0.group.name == name }) else {
            throw DesignError("a phase moves the group \(name), and the groups are \(groups.map(\.group.name).joined(separator: ", "))")
        }
        return group
    }

    /// - Throws: `DesignError` naming what doesn't fit the parameters there are.
    func check(_ layout: ParameterLayout) throws {
        let modules = layout.slots.reduce(into: [String]()) { if $0.last != $1.module { $0.append($1.module) } }
        var owner: [String: String] = [:]
        for group in groups.map(\.group) {
            for module in group.modules ?? [] where !modules.contains(module) {
                throw DesignError(
                    "group \(group.name) has the module \(module), of which there is no parameter; the modules are "
                        + Set(modules).sorted().joined(separator: ", "))
            }
            for slot in layout.slots where group.holds(slot) {
                if let other = owner.updateValue(group.name, forKey: slot.name) {
                    throw DesignError("groups \(other) and \(group.name) both have \(slot.name)")
                }
            }
        }
        var known: [String: Metric] = [:]
        for metric in phases.flatMap({ $0.objectives.flatMap(\.metrics) }) {
            if let other = known.updateValue(metric, forKey: metric.name), other != metric {
                throw DesignError("two metrics are called \(metric.name) and differ in unit, meaning or kind")
            }
        }
    }

    var usesTarget: Bool { groups.contains { $0.target != .none } }
}
