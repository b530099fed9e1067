extension CPUCompiler {
    /// Remembers what was chosen for a step; maps and copies are not worth a line.
    mutating func note(_ step: Step, _ kind: Instruction.Kind) {
        let rows = step.rows.map { program.rows[$0]! } ?? 1
        let layer: String, multiplications: Int
        switch step.kind {
        case .product, .productTransposed:
            let (depth, columns) = (width(step.inputs[0]), width(step.output))
            layer = "product \(rows)×\(depth)→\(columns)"
            multiplications = rows * depth * columns
        case .outerProduct:
            let (height, columns) = (width(step.inputs[0]), width(step.inputs[1]))
            layer = "outer product \(rows)×\(height)×\(columns)"
            multiplications = rows * height * columns
        case .patchProduct(let grid, _): (layer, multiplications) = ("convolution \(rows)×\(grid.summary)", rows * grid.multiplications)
        case .patchProductTransposed(let grid, _):
            (layer, multiplications) = ("transpose convolution \(rows)×\(grid.summary)", rows * grid.multiplications)
        case .patchOuterProduct(let grid):
            (layer, multiplications) = ("convolution's weight gradient \(rows)×\(grid.summary)", rows * grid.multiplications)
        case .scan(let scan) where scan.part != .firstRows:
            layer = "\(scan.cell) \(rows)×\(scan.hidden)"
            multiplications = rows * scan.gates * scan.hidden * scan.hidden
        default: return
        }
        result.choices.append(
            KernelChoice(stage: step.stage, layer: layer, kernel: kind.summary, operations: 2 * multiplications))
    }
}

extension PatchGrid {
    /// Image, grid and kernel in a few words.
    var summary: String {
        "(\(channels)×\(height)×\(width) ↔ \(features)×\(gridHeight)×\(gridWidth), kernel \(kernelHeight)×\(kernelWidth)/\(stride))"
    }
}

extension Instruction.Kind {
    fileprivate var summary: String {
        switch self {
        case .product, .outerProduct: "own product, by tiles of rows"
        case .largeProduct, .largeOuterProduct: "oneDNN product, by tiles of rows"
        case .sharedProduct, .sharedOuterProduct: "own product, columns shared"
        case .dotProduct: "own dot products, columns shared, nothing packed"
        case .patchProduct: "patches in place"
        case .patchProductTransposed: "product and fold"
        case .patchOuterProduct: "patches in place, channels shared"
        case .gru, .gruGradient, .lstm, .lstmGradient: "steps in order, sequences shared"
        default: "plain loop"
        }
    }
}
