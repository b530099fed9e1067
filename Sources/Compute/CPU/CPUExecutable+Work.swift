import CStarlingKernels
import Glibc
import StarlingThreads

extension CPUExecutable {
    /// One worker's share of a run: its tiles of each phase, its part of the sums; worker 0 does what has no rows.
    func work(_ run: Run, worker: Int) {
        let banks = banks(run, worker: worker)
        var slots = SlotTable()
        let opening = openings.base[run.stage]
        if run.packs || !opening.isEmpty {
            if run.packs { each(packing, worker) { pack(instructions.base[$0], banks) } }
            each(opening, worker) { pack(instructions.base[$0], banks) }
            wait(worker)
        }
        let range = stagePhases.base[run.stage].range
        for index in range {
            let phase = phases.base[index]
            for segment in phase.segments.range { rowWork(segments.base[segment], run, worker, banks, &slots) }
            if !phase.sums.isEmpty || !phase.shares.isEmpty {
                wait(worker)
                if !phase.shares.isEmpty {
                    for unit in shares.base[phase.shares.start + worker].range { sharedWork(units.base[unit], run, banks) }
                }
                for sum in phase.sums.range { sumParts(instructions.base[sum], run, worker, banks) }
            }
            if !phase.whole.isEmpty {
                wait(worker)
                if worker == 0 { for whole in phase.whole.range { wholeWork(instructions.base[whole], banks, &slots) } }
            }
            if index + 1 < range.upperBound { wait(worker) }
        }
    }

    private func wait(_ worker: Int) { team?.wait() }

    /// Instructions dealt out one by one.
    @inline(__always)
    private func each(_ range: Interval, _ worker: Int, _ body: (Int) -> Void) {
        var index = range.start + worker
        while index < range.end {
            body(index)
            index += workers
        }
    }

    private func rowWork(_ segment: Segment, _ run: Run, _ worker: Int, _ banks: Banks, _ slots: inout SlotTable) {
        let extent = extents.base[segment.extent]
        let rows = run.rows == 0 ? extent.rows : run.rows
        let tiles = extent.tiles(rows)
        for tile in (tiles * worker / workers)..<(tiles * (worker + 1) / workers) {
            let row = tile * extent.tileRows
            let count = min(extent.tileRows, rows - row)
            for index in segment.start..<segment.end {
                execute(instructions.base + index, row: row, tile: tile, rows: count, banks, &slots)
            }
        }
    }

    private func wholeWork(_ instruction: Instruction, _ banks: Banks, _ slots: inout SlotTable) {
        switch instruction.kind {
        case .pack, .packPatches, .packTaps: pack(instruction, banks)
        case .copy:
            memcpy(banks.floats(instruction.target), banks.floats(instruction.a), 4 * instruction.columns)
        default: withUnsafePointer(to: instruction) { execute($0, row: 0, tile: 0, rows: 1, banks, &slots) }
        }
    }

    private func pack(_ i: Instruction, _ banks: Banks) {
        if case .packPatches = i.kind {
            return starling_pack_patches(
                grids.base + i.grid, banks.floats(i.a), banks.floats(i.target), i.isTransposed ? 1 : 0)
        }
        if case .packTaps = i.kind { return starling_pack_taps(grids.base + i.grid, banks.floats(i.a), banks.floats(i.target)) }
        starling_pack_transposed(banks.floats(i.a), i.columns, i.depth, banks.floats(i.target), i.stride)
    }

    /// The sum over the tiles that ran, this worker's columns of it.
    private func sumParts(_ i: Instruction, _ run: Run, _ worker: Int, _ banks: Banks) {
        let extent = extents.base[i.extent]
        let tiles = extent.tiles(run.rows == 0 ? extent.rows : run.rows)
        let vectors = (i.columns + 15) / 16
        let start = vectors * worker / workers * 16
        let end = min(i.columns, vectors * (worker + 1) / workers * 16)
        guard start < end else { return }
        starling_sum_parts(banks.floats(i.a) + start, tiles, i.stride, banks.floats(i.target) + start, end - start)
    }

    @inline(__always)
    private func execute(
        _ instruction: UnsafePointer<Instruction>, row: Int, tile: Int, rows: Int, _ banks: Banks, _ slots: inout SlotTable
    ) {
        let i = instruction.pointee
        switch i.kind {
        case .map:
            slots.withMemory { table in
                for index in 0..<i.slotCount {
                    let slot = self.slots.base[i.slot + index]
                    table[index].base = banks.address(slot, row: row, tile: tile).assumingMemoryBound(to: UInt8.self)
                    table[index].stride = slot.stride
                }
                starling_map_run(mapCode.base + i.code, i.codeCount, table, i.slotCount, rows, i.block)
            }
        case .product:
            starling_product(
                banks.floats(i.a, row: row), banks.floats(i.b), i.stride, banks.floatsIfAny(i.bias),
                banks.floatsIfAny(i.other, row: row), banks.floats(i.target, row: row), rows, i.depth, i.columns, i.after)
        case .outerProduct:
            starling_outer_product(
                banks.floats(i.a, row: row), banks.floats(i.b, row: row), banks.floats(i.target, tile: tile), rows,
                i.depth, i.columns)
        case .largeProduct: largeProduct(i, row: row, rows: rows, banks)
        case .largeOuterProduct: largeOuterProduct(i, row: row, tile: tile, rows: rows, banks)
        case .patchProduct:
            starling_patch_product(
                grids.base + i.grid, banks.floats(i.a, row: row), banks.floats(i.b), banks.floatsIfAny(i.bias),
                banks.floatsIfAny(i.other, row: row), banks.floats(i.target, row: row), rows, i.after,
                banks.registers.assumingMemoryBound(to: Float.self))
        case .patchProductTransposed:
            starling_patch_product_transposed(
                grids.base + i.grid, banks.floats(i.a, row: row), banks.floats(i.b), banks.floatsIfAny(i.bias),
                banks.floatsIfAny(i.other, row: row), banks.floats(i.target, row: row), rows, i.after,
                banks.registers.assumingMemoryBound(to: Float.self))
        case .unfoldedProduct: unfoldedProduct(i, row: row, rows: rows, banks)
        case .maxPool:
            starling_max_pool(
                grids.base + i.grid, banks.floats(i.a, row: row), banks.floats(i.b, row: row), banks.floats(i.target, row: row), rows)
        case .maxPoolGradient:
            starling_max_pool_gradient(
                grids.base + i.grid, banks.floats(i.a, row: row), banks.floats(i.b, row: row), banks.floats(i.target, row: row), rows)
        case .sumParts, .pack, .packPatches, .packTaps, .copy, .sharedProduct, .dotProduct, .sharedOuterProduct, .patchOuterProduct,
            .addNamedRows, .gru,
            .gruGradient, .lstm, .lstmGradient, .firstRows:
            preconditionFailure("not work on rows")
        }
    }

    /// One unit of an instruction over all rows.
    private func sharedWork(_ unit: Unit, _ run: Run, _ banks: Banks) {
        let i = instructions.base[unit.instruction]
        let rows = run.rows == 0 ? extents.base[i.extent].rows : run.rows
        let (start, count) = (unit.start, unit.end - unit.start)
        let a = banks.floats(i.a)
        let b = banks.floats(i.b)
        let target = banks.floats(i.target)
        switch i.kind {
        case .sharedProduct:
            starling_shared_product(
                a, b + start, i.stride, banks.floatsIfAny(i.bias).map { $0 + start },
                banks.floatsIfAny(i.other).map { $0 + start }, target + start, i.columns, rows, i.depth, count, i.after)
        case .dotProduct:
            starling_dot_product(
                a, b + start * i.depth, banks.floatsIfAny(i.bias).map { $0 + start },
                banks.floatsIfAny(i.other).map { $0 + start }, target + start, i.columns, rows, i.depth, count, i.after)
        case .sharedOuterProduct:
            starling_shared_outer_product(a + start, i.depth, b, i.columns, target + start * i.columns, rows, count)
        case .patchOuterProduct:
            starling_patch_outer_product(
                grids.base + i.grid, a, b, target, rows, start, unit.end,
                banks.registers.assumingMemoryBound(to: Float.self))
        case .addNamedRows:
            starling_add_named_rows(b, i.isTransposed ? 1 : 0, a, rows * i.depth, i.columns, i.stride, target, start, unit.end)
        default: scanWork(i, rows: rows, unit, banks)
        }
    }
}

/// Room for the addresses of one map, on the stack.
struct SlotTable {
    private var storage = InlineArray<256, starling_map_slot>(repeating: starling_map_slot())

    init() {}

    @inline(__always)
    mutating func withMemory(_ body: (UnsafeMutablePointer<starling_map_slot>) -> Void) {
        withUnsafeMutablePointer(to: &storage) {
            body(UnsafeMutableRawPointer($0).assumingMemoryBound(to: starling_map_slot.self))
        }
    }
}
