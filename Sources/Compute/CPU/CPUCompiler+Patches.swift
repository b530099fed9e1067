internal import CStarlingKernels
internal import StarlingThreads

/// Which packed form of which weight.
struct PackedPatches: Hashable {
    let weight: Int32
    let grid: PatchGrid
    let form: Form

    enum Form { case plain, transposed, taps }
}

extension PatchGrid {
    /// Numbers of a patch.
    var depth: Int { channels * kernelHeight * kernelWidth }
}

extension Step {
    var isPatchwise: Bool {
        switch kind {
        case .patchProduct, .patchProductTransposed, .patchOuterProduct, .pool: true
        default: false
        }
    }
}

extension CPUCompiler {
    mutating func index(of grid: PatchGrid) -> Int {
        if let known = gridIndex[grid] { return known }
        gridIndex[grid] = result.grids.count
        result.grids.append(
            starling_patch_grid(
                channels: UInt32(grid.channels), height: UInt32(grid.height), width: UInt32(grid.width),
                kernel_height: UInt32(grid.kernelHeight), kernel_width: UInt32(grid.kernelWidth),
                stride: UInt32(grid.stride), padding: UInt32(grid.padding), grid_height: UInt32(grid.gridHeight),
                grid_width: UInt32(grid.gridWidth), features: UInt32(grid.features)))
        return gridIndex[grid]!
    }

    mutating func compilePatchProduct(
        _ step: Step, _ grid: PatchGrid, _ after: Step.After, isTransposed: Bool
    ) -> Instruction {
        let isUnfolded = step.product?.cpuKernel == .unfolded
        var instruction = Instruction(
            isUnfolded ? .unfoldedProduct : isTransposed ? .patchProductTransposed : .patchProduct)
        instruction.grid = index(of: grid)
        instruction.a = places[Int(step.inputs[0])]!
        instruction.target = places[Int(step.output)]!
        instruction.isTransposed = isTransposed
        instruction.b = packed(
            step.inputs[1], grid, instruction.grid, isUnfolded ? .taps : isTransposed ? .transposed : .plain)
        if step.inputs.count - (after.other == nil ? 0 : 1) == 3 { instruction.bias = places[Int(step.inputs[2])]! }
        if let other = after.other { instruction.other = places[Int(other)]! }
        instruction.after = after.code
        if isUnfolded {
            // Samples at a time: their patches fill the second cache a few times over.
            instruction.block = max(1, (1 << 20) / (grid.gridHeight * grid.gridWidth * grid.depth))
            registers(atLeast: 4 * instruction.block * grid.gridHeight * grid.gridWidth * grid.depth)
        } else {
            registers(atLeast: 4 * starling_patch_scratch(&result.grids[instruction.grid]))
        }
        return instruction
    }

    /// Row work without weights.
    mutating func compilePool(_ step: Step, _ pool: Pool) -> Instruction {
        var instruction = Instruction(pool.part == .gradient ? .maxPoolGradient : .maxPool)
        instruction.grid = index(of: pool.grid)
        instruction.a = places[Int(step.inputs[0])]!
        instruction.b = places[Int(step.inputs[pool.part == .largest ? 0 : 1])]!
        instruction.target = places[Int(step.output)]!
        return instruction
    }

    private mutating func packed(_ w: Int32, _ grid: PatchGrid, _ index: Int, _ form: PackedPatches.Form) -> Operand {
        let key = PackedPatches(weight: w, grid: grid, form: form)
        if let known = packedPatches[key] { return known }
        let place = Operand(
            .arena,
            offset: arena.take(
                4
                    * (form == .taps
                        ? grid.features * grid.depth : starling_packed_patches(&result.grids[index], form == .transposed ? 1 : 0))))
        packedPatches[key] = place
        var pack = Instruction(form == .taps ? .packTaps : .packPatches)
        pack.a = places[Int(w)]!
        pack.target = place
        pack.grid = index
        pack.isTransposed = form == .transposed
        schedule(pack, of: w)
        return place
    }

    // MARK: Shared work

    /// The shared steps of a phase, cut into units and dealt to the workers so that each has about as much to do. What a
    /// unit computes depends on neither.
    mutating func compileShared(_ steps: [Int]) -> Interval {
        guard !steps.isEmpty else { return Interval() }
        var units: [(unit: Unit, cost: Int)] = []
        for index in steps {
            let step = program.steps[index]
            let made = compileShared(step)
            note(step)
            let at = result.instructions.count
            result.instructions.append(made.instruction)
            var start = 0
            while start < made.count {
                let end = min(made.count, start + made.unit)
                units.append((Unit(instruction: at, start: start, end: end), made.cost * (end - start)))
                start = end
            }
        }
        let workers = workerCount
        var shares = [[Unit]](repeating: [], count: workers)
        var loads = [Int](repeating: 0, count: workers)
        for (unit, cost) in units.enumerated().sorted(by: { ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset) }).map(\.element) {
            let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
            shares[least].append(unit)
            loads[least] += cost
        }
        let first = result.shares.count
        for share in shares {
            let start = result.units.count
            result.units += share
            result.shares.append(Interval(start: start, end: result.units.count))
        }
        return Interval(start: first, end: result.shares.count)
    }

    /// - Returns: the instruction, how many columns (or rows, or channels) it has, how many of them a unit takes, and the
    ///   cost of one.
    private mutating func compileShared(_ step: Step) -> (instruction: Instruction, count: Int, unit: Int, cost: Int) {
        var instruction: Instruction
        let (a, b) = (step.inputs[0], step.inputs[1])
        let rows = program.rows[step.rows!]!
        switch step.kind {
        case .product(let after), .productTransposed(let after):
            var isTransposed = false
            if case .product = step.kind { isTransposed = true }
            instruction = Instruction(isTransposed ? .dotProduct : .sharedProduct)
            instruction.depth = width(a)
            instruction.columns = width(step.output)
            instruction.stride = instruction.columns
            if step.inputs.count - (after.other == nil ? 0 : 1) == 3 { instruction.bias = places[Int(step.inputs[2])]! }
            if let other = after.other { instruction.other = places[Int(other)]! }
            instruction.after = after.code
            instruction.target = places[Int(step.output)]!
            fill(&instruction, step)
            return (instruction, instruction.columns, isTransposed ? 96 : 128, rows * instruction.depth)
        case .outerProduct:
            instruction = Instruction(.sharedOuterProduct)
            instruction.depth = width(a)
            instruction.columns = width(b)
            instruction.target = placeWhole(step.output)
            fill(&instruction, step)
            return (instruction, width(a), 48, rows * width(b))
        case .patchOuterProduct(let grid):
            instruction = Instruction(.patchOuterProduct)
            instruction.grid = index(of: grid)
            instruction.target = placeWhole(step.output)
            fill(&instruction, step)
            // A unit's sums stay in the second cache.
            let taps = grid.kernelHeight * grid.kernelWidth
            let most = max(1, 65536 / (taps * grid.features))
            let unit = grid.channels <= most ? grid.channels : max(1, most / 6 * 6)
            registers(atLeast: 4 * starling_patch_outer_scratch(&result.grids[instruction.grid], unit))
            return (instruction, grid.channels, unit, rows * grid.multiplications / grid.channels)
        case .addNamedRows(let isInteger):
            // Tables are tall: each worker goes over all ids and adds what belongs to its rows.
            instruction = Instruction(.addNamedRows)
            let (count, height) = (width(b), entry(step.output).node.shape.dims[0])
            (instruction.columns, instruction.depth, instruction.stride) = (width(a) / count, count, height)
            instruction.isTransposed = isInteger
            instruction.target = placeWhole(step.output)
            fill(&instruction, step)
            let unit = max(1, (height + workerCount - 1) / workerCount)
            return (instruction, height, unit, rows * count * instruction.columns / height + 1)
        case .scan(let scan): return compileScan(step, scan)
        default: preconditionFailure("\(step.kind) is not shared")
        }
    }

    private var workerCount: Int { program.team?.count ?? 1 }

    private func fill(_ instruction: inout Instruction, _ step: Step) {
        instruction.a = places[Int(step.inputs[0])]!
        instruction.b = places[Int(step.inputs[1])]!
        instruction.extent = extent(step.rows!)
    }

    mutating func placeWhole(_ id: Int32) -> Operand {
        let target = places[Int(id)] ?? takeArena(id)
        places[Int(id)] = target
        return target
    }
}
