extension CPUCompiler {
    /// The product that a step computes; nil for others.
    func site(_ step: Step) -> ProductSite? {
        let kind: ProductSite.Kind
        switch step.kind {
        case .product: kind = .product(depth: width(step.inputs[0]), columns: width(step.output))
        case .productTransposed: kind = .productTransposed(depth: width(step.inputs[0]), columns: width(step.output))
        case .outerProduct: kind = .outerProduct(height: width(step.inputs[0]), width: width(step.inputs[1]))
        case .patchProduct(let grid, _): kind = .patchProduct(grid)
        case .patchProductTransposed(let grid, _): kind = .patchProductTransposed(grid)
        case .patchOuterProduct(let grid): kind = .patchOuterProduct(grid)
        case .map, .scan, .pool, .copyGradient: return nil
        }
        return ProductSite(kind, rows: program.rows[step.rows!]!, threads: program.threads)
    }

    /// Remembers what was chosen for a step; maps and copies are not worth a line.
    mutating func note(_ step: Step) {
        if let site = site(step) {
            result.choices.append(
                KernelChoice(
                    stage: step.stage, layer: site.layer, kernel: tuning.kernel(for: site).rawValue, operations: site.operations,
                    microseconds: tuning.choices[site.key]?.microseconds))
        } else if case .scan(let scan) = step.kind, scan.part != .firstRows {
            let rows = program.rows[step.rows!]!
            result.choices.append(
                KernelChoice(
                    stage: step.stage, layer: "\(scan.cell) \(rows)×\(scan.hidden)", kernel: "own, sequences shared",
                    operations: 2 * rows * scan.gates * scan.hidden * scan.hidden, microseconds: nil))
        }
    }
}
