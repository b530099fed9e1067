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
    /// What pulls at the encoder; nil where it is one thing alone.
    let encoderPull: EncoderPull?

    /// Derivatives by the encoder of the two halves of the loss, of the stage of diagnosis.
    struct EncoderPull {
        let representation: Gradients
        let policy: Gradients
    }

    struct Grown {
        let term: Term
        let port: Port<Float>
    }

    /// The whole: forward to what targets need, then the loss and its derivatives.
    /// - Throws: `DesignError` for a phase without a loss, or a term that nobody declared.
    init(_ phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, _ order: RowOrder) throws {
        var g = design.makeGraph(context)
        var pass = phase.makePass(&g, context, order)
        var grown: [Term] = []
        var parts: [(isOfRepresentation: Bool, node: Node)] = []
        for objective in phase.objectives {
            let terms = Self.grow(objective, &g, &pass)
            try Self.check(terms, of: objective)
            grown += terms
            for term in terms {
                guard let weight = term.weight else { continue }
                parts.append((objective.trainsRepresentation, weight == 1 ? term.node : g.scale(term.node, weight)))
            }
        }
        for objective in phase.objectives { pass.grow(&g, objective.needs) }
        let total = Self.sum(&g, parts.map(\.node))
        guard let total else {
            throw DesignError("a phase has no loss: none of \(phase.objectives.map { "\(type(of: $0))" }) gives a term with a weight")
        }
        terms = grown.enumerated().map { Grown(term: $1, port: g.output("term.\($0)", $1.node)) }
        self.total = g.output("loss", total)
        var gradients: [Gradients] = []
        for name in phase.groups {
            gradients.append(g.differentiate(total, by: try design.group(name).group.excluding(context.latent.frozen)))
        }
        self.gradients = gradients
        encoderPull = Self.encoderPull(&g, parts)
        self.pass = pass
        graph = g
    }

    private static func sum(_ g: inout Graph, _ nodes: [Node]) -> Node? {
        guard let first = nodes.first else { return nil }
        return nodes.dropFirst().reduce(first) { g.add($0, $1) }
    }

    private static func encoderPull(_ g: inout Graph, _ parts: [(isOfRepresentation: Bool, node: Node)]) -> EncoderPull? {
        let encoder = ParameterGroup("encoder", modules: ["encoder"])
        let halves = [true, false].compactMap { half in sum(&g, parts.filter { $0.isOfRepresentation == half }.map(\.node)) }
        guard halves.count == 2 else { return nil }
        let gradients = halves.map { g.differentiate($0, by: encoder, in: .diagnosis) }
        guard gradients.allSatisfy({ $0.reached.contains(true) }) else { return nil }
        return EncoderPull(representation: gradients[0], policy: gradients[1])
    }

    /// Forward to what targets need, without a loss.
    init(preparing phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, _ order: RowOrder) {
        var g = design.makeGraph(context)
        var pass = phase.makePass(&g, context, order)
        // All that they grow, for they may need outputs of their own; what nobody reads is not computed.
        for objective in phase.objectives { _ = Self.grow(objective, &g, &pass) }
        for objective in phase.objectives { pass.grow(&g, objective.needs) }
        (terms, gradients, encoderPull) = ([], [], nil)
        total = g.output("loss", g.constant(0))
        self.pass = pass
        graph = g
    }

    /// Its terms; what is wrong with the shapes in them is told with its name.
    private static func grow(_ objective: any Objective, _ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        Growing.$purpose.withValue("\(type(of: objective))") { objective.grow(&g, &pass) }
    }

    private static func check(_ terms: [Term], of objective: any Objective) throws {
        for term in terms {
            let name = term.metric?.name ?? "without a metric"
            if let metric = term.metric, !objective.metrics.contains(metric) {
                throw DesignError("\(type(of: objective)) has the term \(name), which its `metrics` don't list: add it there")
            }
            guard term.node.shape == .scalar else {
                throw DesignError(
                    "the term \(name) of \(type(of: objective)) is \(term.node.shape), and a term is one number: pass.mean(&g, row)")
            }
        }
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
        for objective in phases.flatMap(\.objectives) { objective.declare(&g, context.policy) }
        ObservationStatistics.declare(&g, context.policy)
        LatentStatistics.declare(&g, context.policy)
        if normalizesReturns { ReturnScale.declare(&g) }
        return g
    }

    func group(_ name: String) throws -> TrainedGroup {
        guard let group = groups.first(where: { $0.group.name == name }) else {
            throw DesignError(
                "a phase moves the group \(name), and the groups are \(groups.map(\.group.name).joined(separator: ", ")): "
                    + "name one of these in the phase's `groups`, or add a TrainedGroup to those of the design")
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
        try checkMetrics()
    }

    private func checkMetrics() throws {
        var known: [String: (metric: Metric, owner: String)] = [:]
        for objective in phases.flatMap(\.objectives) {
            let owner = "\(type(of: objective))"
            for metric in objective.metrics {
                if let fault = metric.fault { throw DesignError("the metric \(metric.name) of \(owner) has \(fault)") }
                if let other = known.updateValue((metric, owner), forKey: metric.name), other.metric != metric {
                    throw DesignError(
                        "\(other.owner) and \(owner) each have a metric \(metric.name), and these differ in \(metric.difference(from: other.metric)): "
                            + "let both use one Metric, or give yours another name")
                }
            }
        }
    }

    var usesTarget: Bool { groups.contains { $0.target != .none } }
}
