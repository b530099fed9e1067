internal import CStarlingKernels

extension CPUCompiler {
    /// Recurrent layers are shared by sequences: a unit's products keep a tile's rows busy and its state in the cache.
    mutating func compileScan(_ step: Step, _ scan: Scan) -> (instruction: Instruction, count: Int, unit: Int, cost: Int) {
        let columns = program.rows[entry(step.inputs[1]).node.shape.rows!]!
        var instruction: Instruction
        switch (scan.part, scan.cell) {
        case (.forward, .gru): instruction = Instruction(.gru)
        case (.forward, .lstm): instruction = Instruction(.lstm)
        case (.gradient, .gru): instruction = Instruction(.gruGradient)
        case (.gradient, .lstm): instruction = Instruction(.lstmGradient)
        case (.firstRows, _): instruction = Instruction(.firstRows)
        }
        instruction.target = placeWhole(step.output)
        instruction.a = places[Int(step.inputs[0])]!
        instruction.extent = extent(step.rows!)
        instruction.depth = scan.steps
        instruction.columns = scan.part == .firstRows ? width(step.output) : scan.hidden
        let unit = 16
        if scan.part != .firstRows {
            instruction.other = places[Int(step.inputs[1])]!
            instruction.reset = places[Int(step.inputs[2])]!
            instruction.b = places[Int(step.inputs[3])]!
            instruction.bias = places[Int(step.inputs[4])]!
            if scan.part == .forward {
                (instruction.b, instruction.stride) = packed(step.inputs[3], depth: scan.hidden, columns: scan.gates * scan.hidden)
            }
            registers(atLeast: 4 * (min(unit, columns) * 8 * scan.hidden + 128))
        }
        return (instruction, columns, unit, scan.steps * scan.hidden * scan.hidden)
    }
}

extension CPUExecutable {
    /// Some sequences of a recurrent layer.
    func scanWork(_ i: Instruction, rows: Int, _ unit: Unit, _ banks: Banks) {
        // Fewer rows than planned are fewer sequences.
        let columns = rows / i.depth
        let end = min(unit.end, columns)
        guard unit.start < end else { return }
        let a = banks.floats(i.a)
        let target = banks.floats(i.target)
        if case .firstRows = i.kind {
            (target + unit.start * i.columns).update(from: a + unit.start * i.columns, count: (end - unit.start) * i.columns)
            return
        }
        var scan = starling_scan(steps: i.depth, columns: columns, hidden: i.columns)
        let initial = banks.floats(i.other)
        let reset = banks.floats(i.reset)
        let b = banks.floats(i.b)
        let last = banks.floats(i.bias)
        let scratch = banks.registers.assumingMemoryBound(to: Float.self)
        switch i.kind {
        case .gru: starling_gru(&scan, a, initial, reset, b, i.stride, last, target, unit.start, end, scratch)
        case .lstm: starling_lstm(&scan, a, initial, reset, b, i.stride, last, target, unit.start, end, scratch)
        case .gruGradient: starling_gru_gradient(&scan, a, initial, reset, b, last, target, unit.start, end, scratch)
        case .lstmGradient: starling_lstm_gradient(&scan, a, initial, reset, b, last, target, unit.start, end, scratch)
        default: preconditionFailure("not a recurrent layer")
        }
    }
}
