/// A graph bound to row counts, a device, a worker team and a tuning, with every buffer laid out. Runs allocate nothing.
///
/// Confined to one thread: the one that writes, runs and reads it.
package final class Plan {
    package let layout: ParameterLayout
    /// The tuning given, with the choices that were timed for this plan.
    package let tuning: Tuning
    package let context: ComputeContext
    private let program: Program
    private let executable: any Executable
    private let rows: Int?
    /// Whether a run binds a target bank.
    package let readsTarget: Bool

    /// - Parameters:
    ///   - rows: a number for every row extent of the graph.
    ///   - context: if its tuning is timed, products that it has no choice for are timed now: less than a second for large
    ///     models, nothing for small ones.
    package init(_ graph: Graph, rows: [Rows: Int], _ context: ComputeContext) throws(ComputeError) {
        let (device, team, tuning) = (context.device, context.team, context.tuning)
        var program = try Program(graph, rows: rows, device: device, team: team, tuning: tuning)
        var made = tuning
        if tuning.isTimed {
            made = try KernelTimer(device: device, team: team).complete(tuning, for: program)
            program = try Program(graph, rows: rows, device: device, team: team, tuning: made)
        }
        self.tuning = made
        self.context = context
        layout = graph.layout
        readsTarget = graph.sources.contains(.target)
        self.program = program
        executable = try device.compile(program, tuning: made)
        self.rows = program.rows.count == 1 ? program.rows.first!.value : nil
    }

    /// Bytes of all buffers but parameters.
    package var arenaByteCount: Int { executable.arenaByteCount }

    /// The kernels chosen for products and convolutions, in order.
    package var choices: [KernelChoice] { executable.choices }

    /// Lends an input's buffer, for the maximal rows, to be filled before its stage runs. What is written stays until it
    /// is written again.
    package func write<S, R>(
        _ port: Port<S>, _ body: (UnsafeMutableBufferPointer<S>) throws -> R
    ) rethrows -> R {
        try body(executable.buffer(ofInput: port.node.id).bindMemory(to: S.self))
    }

    /// Lends an output's buffer, valid after its stage has run.
    package func read<R>(_ port: Port<Float>, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try body(executable.buffer(ofOutput: port.node.id))
    }

    package func run(_ stage: Stage, with parameters: ParameterBank) { run(stage, with: ParameterBanks(parameters)) }

    package func run(_ stage: Stage, with banks: ParameterBanks) {
        check(banks)
        executable.run(stage, with: banks, rows: nil)
    }

    /// Computes the first rows only. For graphs with one row extent; sums over rows then run over these rows.
    package func run(_ stage: Stage, with parameters: ParameterBank, rows count: Int) {
        let banks = ParameterBanks(parameters)
        check(banks)
        guard let rows else { preconditionFailure("a part of the rows needs a graph with one row extent") }
        precondition(count > 0 && count <= rows, "\(count) rows asked for, the plan has \(rows)")
        executable.run(stage, with: banks, rows: count)
    }

    private func check(_ banks: ParameterBanks) {
        precondition(banks.online.count == layout.count, "a bank of \(banks.online.count) floats for a layout of \(layout.count)")
        precondition(!readsTarget || banks.target?.count == layout.count, "the graph reads a target bank of \(layout.count) floats")
    }

    /// Lends those of a graph's only derivative.
    package func gradients<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R { try body(executable.gradients(0)) }

    /// Lends the gradients of a derivative after its stage: flat, in the layout's offsets, padding 0.
    package func read<R>(_ gradients: Gradients, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try body(executable.gradients(gradients.index))
    }

    /// Global norm of a derivative over ranges of the layout.
    package func norm(of gradients: Gradients, over ranges: [Range<Int>]) -> Float {
        Float(context.device.squaredNorm(executable.gradients(gradients.index), over: ranges).squareRoot())
    }

    /// Moves parameters against a derivative, once, over ranges of the layout.
    /// - Parameter state: what the rule keeps between steps.
    package func apply(
        _ step: UpdateStep, to parameters: ParameterBank, _ gradients: Gradients, state: [ParameterBank], over ranges: [Range<Int>]
    ) {
        context.device.apply(
            step, to: parameters, gradients: executable.gradients(gradients.index), state: state, over: ranges, team: context.team)
    }
}
