import CStarlingKernels

/// Lays out buffers and writes instructions for one program.
struct CPUCompiler {
    let program: Program
    let tuning: Tuning
    var result: CPUProgram
    var arena = Reservation()
    var scratch = Reservation()
    /// By node.
    var places: [Operand?]
    /// Steps that read a node; -1 is the host.
    private var readers: [[Int]]
    /// The step that makes a node.
    private var maker: [Int?]
    var gridIndex: [PatchGrid: Int] = [:]
    private var extentIndex: [Rows: Int] = [:]
    /// Packed weights by node, and instructions that pack: parameters, by stage opening, and after a phase.
    var packed: [Int32: (place: Operand, stride: Int)] = [:]
    var packedPatches: [PackedPatches: Operand] = [:]
    var packParameters: [Instruction] = []
    var packOpening: [[Instruction]]
    /// Whole instructions of the phase under construction, by (stage, phase).
    var whole: [[[Instruction]]]

    var graph: Graph { program.graph }

    init(_ program: Program, tuning: Tuning) {
        self.program = program
        self.tuning = tuning
        let (count, stages) = (program.graph.entries.count, program.graph.stageCount)
        result = CPUProgram(stageCount: stages)
        packOpening = Array(repeating: [], count: stages)
        whole = Array(repeating: [], count: stages)
        places = Array(repeating: nil, count: count)
        readers = Array(repeating: [], count: count)
        maker = Array(repeating: nil, count: count)
    }

    mutating func compile() -> CPUProgram {
        for (rows, count) in program.rows.sorted(by: { $0.key.name < $1.key.name }) {
            extentIndex[rows] = result.extents.count
            // Images and grids; of the two, weights have no rows.
            let values = program.steps.filter { $0.rows == rows && $0.isPatchwise }.flatMap { [$0.output] + $0.inputs }
            let widest = values.filter { entry($0).node.shape.rows != nil }.map { width($0) }.max()
            let imageTile = widest.map { min(tuning.largestTile, max(1, tuning.largestImageTile / $0)) }
            result.extents.append(
                Extent(rows: count, largestTile: imageTile ?? tuning.largestTile, isImage: imageTile != nil))
        }
        findReaders()
        placeSources()
        placeGradients()
        for stage in 0..<graph.stageCount { compile(Stage(rawValue: UInt8(stage))) }
        finish()
        return result
    }

    // MARK: Facts

    func extent(_ rows: Rows) -> Int { extentIndex[rows]! }
    func entry(_ id: Int32) -> Graph.Entry { graph.entries[Int(id)] }
    func width(_ id: Int32) -> Int { entry(id).node.shape.width }

    private mutating func findReaders() {
        for (index, step) in program.steps.enumerated() {
            for input in step.inputs { readers[Int(input)].append(index) }
            switch step.kind {
            case .map(let nodes): for node in nodes { maker[Int(node)] = index }
            case .copyGradient: break
            default: maker[Int(step.output)] = index
            }
        }
        for node in graph.readNodes {
            readers[Int(program.origin[Int(node.id)])].append(-1)
        }
    }

    /// Nobody but its own map reads it.
    func isRegister(_ id: Int32, in step: Int) -> Bool {
        if case .sumRows = entry(id).operation.kernel { return false }
        return readers[Int(id)].allSatisfy { $0 == step }
    }

    /// Only row work of one phase reads it, tile by tile.
    private func isOfTile(_ id: Int32) -> Bool {
        guard entry(id).node.shape.rows != nil, let made = maker[Int(id)] else { return false }
        let step = program.steps[made]
        guard !step.isShared else { return false }
        return readers[Int(id)].allSatisfy { reader in
            guard reader >= 0 else { return false }
            let other = program.steps[reader]
            return !other.isShared && other.stage == step.stage && other.phase == step.phase && other.rows == step.rows
        }
    }

    // MARK: Places

    private mutating func placeSources() {
        for entry in graph.entries where program.isLive[Int(entry.node.id)] || entry.operation is InputOperation {
            let id = entry.node.id
            let shape = entry.node.shape
            switch entry.operation {
            case let input as InputOperation: places[Int(id)] = takeArena(id, bytes: input.scalar.byteCount)
            case let parameter as ParameterOperation:
                places[Int(id)] = Operand(Bank(parameter.source), offset: 4 * graph.layout.slots[parameter.slot].offset)
            default:
                switch entry.operation.kernel {
                case .constant(let value) where !readers[Int(id)].allSatisfy({ $0 == -1 }) || isOutput(id):
                    let place = takeArena(id)
                    places[Int(id)] = place
                    result.fills.append((place.offset, rowCount(shape) * shape.width, value))
                case .table(let values):
                    let place = takeArena(id)
                    places[Int(id)] = place
                    result.tables.append((place.offset, values))
                default: break
                }
            }
        }
        for input in graph.inputs {
            result.inputBytes[input.node.id] = rowCount(input.node.shape) * input.node.shape.width * input.scalar.byteCount
        }
    }

    private func isOutput(_ id: Int32) -> Bool { graph.outputs.contains { program.origin[Int($0.node.id)] == id } }

    private func rowCount(_ shape: Shape) -> Int { shape.rows.map { program.rows[$0]! } ?? 1 }

    mutating func takeArena(_ id: Int32, bytes: Int = 4) -> Operand {
        let shape = entry(id).node.shape
        let row = shape.width * bytes
        let offset = arena.take(rowCount(shape) * row)
        return Operand(.arena, offset: offset, rowStride: shape.rows == nil ? 0 : row, stride: shape.rows == nil ? 0 : row)
    }

    /// Gradients are computed in place where a step makes them.
    private mutating func placeGradients() {
        result.gradientCount = graph.layout.count
        result.gradientSetCount = graph.gradientSets.count
        for (set, gradients) in graph.gradientSets.enumerated() {
            for (slot, gradient) in gradients.parts {
                let id = program.origin[Int(gradient.id)]
                guard let made = maker[Int(id)], program.steps[made].stage > .forward, places[Int(id)] == nil else { continue }
                places[Int(id)] = gradientPlace(set, slot)
            }
        }
    }

    private func gradientPlace(_ set: Int, _ slot: Int) -> Operand {
        Operand(.gradients, offset: 4 * (set * graph.layout.count + graph.layout.slots[slot].offset))
    }

    // MARK: Steps

    private mutating func compile(_ stage: Stage) {
        let indices = program.steps.indices.filter { program.steps[$0].stage == stage }
        let phases = (indices.map { program.steps[$0].phase }.max() ?? -1) + 1
        whole[Int(stage.rawValue)] = Array(repeating: [], count: phases)
        for phase in 0..<phases {
            let own = indices.filter { program.steps[$0].phase == phase }
            var sums: [Instruction] = []
            let firstSegment = result.segments.count
            let shared = own.filter { program.steps[$0].isShared }
            for step in shared where entry(program.steps[step].output).node.shape.rows != nil {
                places[Int(program.steps[step].output)] = takeArena(program.steps[step].output)
            }
            for extent in result.extents.indices {
                let steps = own.filter { !program.steps[$0].isShared && program.steps[$0].rows.map { extentIndex[$0] } == extent }
                guard !steps.isEmpty else { continue }
                let instructions = compileRows(steps, extent, &sums)
                let start = result.instructions.count
                result.instructions += instructions
                result.segments.append(Segment(extent: extent, start: start, end: result.instructions.count))
            }
            let shares = compileShared(shared)
            let afterSums = append(sums)
            for step in own where program.steps[step].rows == nil {
                whole[Int(stage.rawValue)][phase] += compileWhole(step)
            }
            result.stages[Int(stage.rawValue)].phases.append(
                Phase(segments: Interval(start: firstSegment, end: result.segments.count), sums: afterSums, shares: shares))
        }
    }

    /// The row work of one extent, in order; values that live within a tile share scratch.
    private mutating func compileRows(_ steps: [Int], _ extent: Int, _ sums: inout [Instruction]) -> [Instruction] {
        scratch.restart()
        var instructions: [Instruction] = []
        var last: [Int: [Int32]] = [:]
        for index in steps {
            for id in made(by: index) where places[Int(id)] == nil && !isRegister(id, in: index) && !isSum(id) {
                if isOfTile(id) {
                    let row = 4 * width(id)
                    let offset = scratch.take(result.extents[extent].tileRows * row)
                    places[Int(id)] = Operand(.scratch, offset: offset, stride: row)
                    last[readers[Int(id)].max() ?? index, default: []].append(id)
                } else {
                    places[Int(id)] = takeArena(id)
                }
            }
            instructions.append(compileRowStep(index, extent, &sums))
            note(program.steps[index])
            for id in last[index] ?? [] {
                scratch.giveBack(places[Int(id)]!.offset, result.extents[extent].tileRows * 4 * width(id))
            }
        }
        return instructions
    }

    private func made(by index: Int) -> [Int32] {
        switch program.steps[index].kind {
        case .map(let nodes): nodes
        case .copyGradient: []
        default: [program.steps[index].output]
        }
    }

    /// Summed over rows: made without rows by a step with rows.
    private func isSum(_ id: Int32) -> Bool {
        maker[Int(id)].map { program.steps[$0].rows != nil } == true && entry(id).node.shape.rows == nil
    }

    /// Where a tile leaves its part of a sum over rows; adds the instruction that completes it.
    mutating func placeSum(_ id: Int32, _ extent: Int, _ sums: inout [Instruction]) -> Operand {
        let target = places[Int(id)] ?? takeArena(id)
        places[Int(id)] = target
        let tiles = result.extents[extent].tileCount
        guard tiles > 1 else { return target }
        let stride = (width(id) + 15) / 16 * 16
        let parts = Operand(.arena, offset: arena.take(tiles * stride * 4), tileStride: 4 * stride)
        var sum = Instruction(.sumParts)
        sum.a = Operand(.arena, offset: parts.offset)
        sum.target = target
        sum.columns = width(id)
        sum.stride = stride
        sum.extent = extent
        sums.append(sum)
        return parts
    }

    private mutating func compileWhole(_ index: Int) -> [Instruction] {
        let step = program.steps[index]
        if case .copyGradient(let set, let slot) = step.kind {
            var copy = Instruction(.copy)
            copy.a = places[Int(step.inputs[0])]!
            copy.target = gradientPlace(set, slot)
            copy.columns = graph.layout.slots[slot].count
            return [copy]
        }
        for id in made(by: index) where places[Int(id)] == nil && !isRegister(id, in: index) {
            places[Int(id)] = takeArena(id)
        }
        guard case .map(let nodes) = step.kind else { preconditionFailure("a product needs rows") }
        var none: [Instruction] = []
        return [compileMap(nodes, index, extent: nil, &none)]
    }

    // MARK: End

    mutating func append(_ instructions: [Instruction]) -> Interval {
        let start = result.instructions.count
        result.instructions += instructions
        return Interval(start: start, end: result.instructions.count)
    }

    private mutating func finish() {
        for index in result.stages.indices {
            result.stages[index].opening = append(packOpening[index])
            for phase in whole[index].indices { result.stages[index].phases[phase].whole = append(whole[index][phase]) }
        }
        result.packing = append(packParameters)
        for input in graph.inputs { result.places[input.node.id] = places[Int(input.node.id)] }
        for output in graph.outputs {
            let id = program.origin[Int(output.node.id)]
            result.places[output.node.id] = places[Int(id)]
            result.outputCounts[output.node.id] = rowCount(entry(id).node.shape) * width(id)
        }
        result.arenaBytes = arena.byteCount
        result.scratchBytes = scratch.byteCount
    }
}
