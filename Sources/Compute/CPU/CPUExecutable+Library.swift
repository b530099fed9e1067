import CStarlingKernels

// Work that oneDNN's product does.

extension CPUExecutable {
    func largeProduct(_ i: Instruction, row: Int, rows: Int, _ banks: Banks) {
        let x = banks.floats(i.a, row: row)
        let y = banks.floats(i.target, row: row)
        let b = banks.floats(i.b)
        if rows >= OneDNN.fewestRows {
            OneDNN.product(
                transposeA: false, transposeB: i.isTransposed, rows: rows, columns: i.columns, depth: i.depth, x, i.depth,
                b, i.stride, y, i.columns)
        } else {
            let padded = banks.registers.assumingMemoryBound(to: Float.self)
            let made = padded + OneDNN.fewestRows * i.depth
            padded.update(from: x, count: rows * i.depth)
            OneDNN.product(
                transposeA: false, transposeB: i.isTransposed, rows: OneDNN.fewestRows, columns: i.columns, depth: i.depth,
                padded, i.depth, b, i.stride, made, i.columns)
            y.update(from: made, count: rows * i.columns)
        }
        let bias = banks.floatsIfAny(i.bias)
        if bias != nil || i.after != STARLING_AFTER_NOTHING {
            starling_after_product(y, bias, banks.floatsIfAny(i.other, row: row), rows, i.columns, i.after)
        }
    }

    func largeOuterProduct(_ i: Instruction, row: Int, tile: Int, rows: Int, _ banks: Banks) {
        OneDNN.product(
            transposeA: true, transposeB: false, rows: i.depth, columns: i.columns, depth: rows, banks.floats(i.a, row: row),
            i.depth, banks.floats(i.b, row: row), i.columns, banks.floats(i.target, tile: tile), i.columns)
    }

    /// A convolution, or its transpose, over a matrix of patches.
    func unfoldedProduct(_ i: Instruction, row: Int, rows: Int, _ banks: Banks) {
        let grid = grids.base + i.grid
        let g = grid.pointee
        let features = Int(g.features)
        let image = Int(g.channels * g.height * g.width)
        let places = Int(g.grid_height * g.grid_width)
        let depth = Int(g.channels * g.kernel_height * g.kernel_width)
        let unfolded = banks.registers.assumingMemoryBound(to: Float.self)
        let w = banks.floats(i.b)
        let from = banks.floats(i.a, row: row)
        let to = banks.floats(i.target, row: row)
        let bias = banks.floatsIfAny(i.bias)
        let other = banks.floatsIfAny(i.other, row: row)
        var sample = 0
        while sample < rows {
            let count = min(i.block, rows - sample)
            if i.isTransposed {
                OneDNN.product(
                    transposeA: false, transposeB: false, rows: count * places, columns: depth, depth: features,
                    from + sample * places * features, features, w, depth, unfolded, depth)
                let made = to + sample * image
                starling_fold_patches(grid, unfolded, bias, made, count)
                if i.after != STARLING_AFTER_NOTHING {
                    starling_after_product(made, nil, other.map { $0 + sample * image }, count, image, i.after)
                }
            } else {
                starling_unfold_patches(grid, from + sample * image, unfolded, count)
                let made = to + sample * places * features
                OneDNN.product(
                    transposeA: false, transposeB: true, rows: count * places, columns: features, depth: depth, unfolded, depth,
                    w, depth, made, features)
                if bias != nil || i.after != STARLING_AFTER_NOTHING {
                    starling_after_product(
                        made, bias, other.map { $0 + sample * places * features }, count * places, features, i.after)
                }
            }
            sample += count
        }
    }
}
