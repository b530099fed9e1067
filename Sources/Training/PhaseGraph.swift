import StarlingCompute
import StarlingLatentPolicy

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
    init(_ phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, steps: Int) {
        var g = design.makeGraph(context)
        var pass = ModelPass(&g, context, steps: steps)
        var grown: [Term] = []
        for objective in phase.objectives { grown += objective.grow(&g, &pass) }
        for objective in phase.objectives { pass.grow(&g, objective.needs) }
        var total: Node?
        for term in grown {
            guard let weight = term.weight else { continue }
            let part = weight == 1 ? term.node : g.scale(term.node, weight)
            total = total.map { g.add($0, part) } ?? part
        }
        guard let total else { preconditionFailure("a phase whose objectives have no term") }
        terms = grown.enumerated().map { Grown(term: $1, port: g.output("term.\($0)", $1.node)) }
        self.total = g.output("loss", total)
        gradients = phase.groups.map { name in g.differentiate(total, by: design.group(name).group) }
        self.pass = pass
        graph = g
    }

    /// Forward to what targets need, without a loss.
    init(preparing phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, steps: Int) {
        var g = design.makeGraph(context)
        var pass = ModelPass(&g, context, steps: steps)
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
        if normalizesReturns { ReturnScale.declare(&g) }
        return g
    }

    func group(_ name: String) -> TrainedGroup {
        guard let group = groups.first(where: { $0.group.name == name }) else {
            preconditionFailure("no trained group is called \(name)")
        }
        return group
    }

    var usesTarget: Bool { groups.contains { $0.target != .none } }
}
