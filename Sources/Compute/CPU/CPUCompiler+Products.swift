import CStarlingKernels

extension CPUCompiler {
    mutating func compileRowStep(_ index: Int, _ extent: Int, _ sums: inout [Instruction]) -> Instruction {
        let step = program.steps[index]
        switch step.kind {
        case .map(let nodes): return compileMap(nodes, index, extent: extent, &sums)
        case .product(let after): return compileProduct(step, after, isTransposed: true)
        case .productTransposed(let after): return compileProduct(step, after, isTransposed: false)
        case .outerProduct: return compileOuterProduct(step, extent, &sums)
        case .patchProduct(let grid, let after): return compilePatchProduct(step, grid, after, isTransposed: false)
        case .patchProductTransposed(let grid, let after):
            return compilePatchProduct(step, grid, after, isTransposed: true)
        case .pool(let pool): return compilePool(step, pool)
        case .patchOuterProduct, .addNamedRows, .scan, .copyGradient: preconditionFailure("no row work")
        }
    }

    /// - Parameter isTransposed: the weight is [columns, depth].
    private mutating func compileProduct(_ step: Step, _ after: Step.After, isTransposed: Bool) -> Instruction {
        let (x, w) = (step.inputs[0], step.inputs[1])
        let (depth, columns) = (width(x), width(step.output))
        let small = step.product?.cpuKernel != .library
        var result = Instruction(small ? .product : .largeProduct)
        result.a = places[Int(x)]!
        result.target = places[Int(step.output)]!
        result.depth = depth
        result.columns = columns
        result.isTransposed = isTransposed
        result.b = places[Int(w)]!
        result.stride = isTransposed ? depth : columns
        if small, isTransposed { (result.b, result.stride) = packed(w, depth: depth, columns: columns) }
        let plain = step.inputs.count - (after.other == nil ? 0 : 1)
        if plain == 3 { result.bias = places[Int(step.inputs[2])]! }
        if let other = after.other { result.other = places[Int(other)]! }
        result.after = after.code
        if !small { registers(atLeast: 4 * OneDNN.fewestRows * (depth + columns)) }
        return result
    }

    /// The transposed weight: made once per version for parameters, otherwise as soon as the weight is known.
    mutating func packed(_ w: Int32, depth: Int, columns: Int) -> (Operand, Int) {
        if let known = packed[w] { return known }
        let stride = (columns + 15) / 16 * 16
        let place = Operand(.arena, offset: arena.take(4 * depth * stride))
        packed[w] = (place, stride)
        var pack = Instruction(.pack)
        pack.a = places[Int(w)]!
        pack.target = place
        pack.depth = depth
        pack.columns = columns
        pack.stride = stride
        schedule(pack, of: w)
        return (place, stride)
    }

    /// Packs parameters once per version, other weights as soon as they are known.
    mutating func schedule(_ pack: Instruction, of w: Int32) {
        if pack.a.bank.isParameters {
            packParameters.append(pack)
        } else if let made = program.steps.firstIndex(where: { $0.makes(w) }) {
            whole[Int(program.steps[made].stage.rawValue)][program.steps[made].phase].append(pack)
        } else {
            packOpening[Int(entry(w).stage.rawValue)].append(pack)
        }
    }

    private mutating func compileOuterProduct(_ step: Step, _ extent: Int, _ sums: inout [Instruction]) -> Instruction {
        let (dy, x) = (step.inputs[0], step.inputs[1])
        var instruction = Instruction(step.product?.cpuKernel == .library ? .largeOuterProduct : .outerProduct)
        instruction.a = places[Int(dy)]!
        instruction.b = places[Int(x)]!
        instruction.depth = width(dy)
        instruction.columns = width(x)
        instruction.target = placeSum(step.output, extent, &sums)
        return instruction
    }

    mutating func registers(atLeast bytes: Int) {
        result.registerBytes = max(result.registerBytes, Reservation.padded(bytes))
    }
}

extension Step {
    func makes(_ id: Int32) -> Bool {
        if case .map(let nodes) = kind { nodes.contains(id) } else { output == id }
    }
}

extension Step.After {
    var code: starling_after {
        switch self {
        case .nothing: STARLING_AFTER_NOTHING
        case .relu: STARLING_AFTER_RELU
        case .tanh: STARLING_AFTER_TANH
        case .sigmoid: STARLING_AFTER_SIGMOID
        case .reluGradient: STARLING_AFTER_RELU_GRADIENT
        case .tanhGradient: STARLING_AFTER_TANH_GRADIENT
        case .sigmoidGradient: STARLING_AFTER_SIGMOID_GRADIENT
        }
    }
}
