package import StarlingThreads

/// A graph bound to row counts, a device, a worker team and a tuning, with every buffer laid out. Runs allocate nothing.
///
/// Confined to one thread: the one that writes, runs and reads it.
package final class Plan {
    package let layout: ParameterLayout
    /// False for graphs that were not differentiated: acting plans have no gradients.
    package let allocatesGradients: Bool
    /// The tuning given, with the choices that were timed for this plan.
    package let tuning: Tuning
    private let program: Program
    private let executable: any Executable
    private let rows: Int?

    /// - Parameters:
    ///   - rows: a number for every row extent of the graph.
    ///   - team: threads that share the rows; nil means the calling thread alone.
    ///   - tuning: if it is timed, products that it has no choice for are timed now: less than a second for large models,
    ///     nothing for small ones.
    package init(
        _ graph: Graph, rows: [Rows: Int], device: any Device = CPUDevice(), team: WorkerTeam? = nil,
        tuning: Tuning = .fixed
    ) throws(ComputeError) {
        var program = try Program(graph, rows: rows, device: device, team: team, tuning: tuning)
        var tuning = tuning
        if tuning.isTimed {
            tuning = try KernelTimer(device: device, team: team).complete(tuning, for: program)
            program = try Program(graph, rows: rows, device: device, team: team, tuning: tuning)
        }
        self.tuning = tuning
        layout = graph.layout
        allocatesGradients = graph.gradients != nil
        self.program = program
        executable = try device.compile(program, tuning: tuning)
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

    package func run(_ stage: Stage, with parameters: ParameterBank) {
        precondition(parameters.count == layout.count, "a bank of \(parameters.count) floats for a layout of \(layout.count)")
        executable.run(stage, with: parameters, rows: nil)
    }

    /// Computes the first rows only. For graphs with one row extent; sums over rows then run over these rows.
    package func run(_ stage: Stage, with parameters: ParameterBank, rows count: Int) {
        precondition(parameters.count == layout.count, "a bank of \(parameters.count) floats for a layout of \(layout.count)")
        guard let rows else { preconditionFailure("a part of the rows needs a graph with one row extent") }
        precondition(count > 0 && count <= rows, "\(count) rows asked for, the plan has \(rows)")
        executable.run(stage, with: parameters, rows: count)
    }

    /// Lends the gradients after the backward stage: flat, in the layout's offsets, padding 0; empty for acting plans.
    package func gradients<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try body(executable.gradients)
    }
}
