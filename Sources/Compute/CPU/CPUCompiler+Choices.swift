extension CPUCompiler {
    /// Remembers what was chosen for a step; maps and copies are not worth a line.
    mutating func note(_ step: Step) {
        if let product = step.product {
            let site = product.site
            result.choices.append(
                KernelChoice(
                    stage: step.stage, layer: site.layer, kernel: product.kernel.description, operations: site.operations,
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
