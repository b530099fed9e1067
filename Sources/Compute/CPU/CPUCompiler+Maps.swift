import CStarlingKernels

extension CPUCompiler {
    /// Floats that a block's registers and streams may take together: half of a 48 KiB first cache.
    private static let blockFloats = 6144

    /// A fused map: slots for what lies in memory, registers for what stays inside.
    mutating func compileMap(
        _ nodes: [Int32], _ index: Int, extent: Int?, _ sums: inout [Instruction]
    ) -> Instruction {
        var map = MapBuilder()
        let lastUse = lastUses(nodes)
        for (position, id) in nodes.enumerated() {
            let entry = entry(id)
            let inputs = entry.inputs.map { program.origin[Int($0.id)] }
            let sources = inputs.map { input in
                map.slot(of: input) ?? map.addMemory(input, places[Int(input)]!, width: width(input))
            }
            let target: Int
            if isRegister(id, in: index) {
                target = map.addRegister(id, width: width(id))
            } else if case .sumRows = entry.operation.kernel {
                target = map.addMemory(id, placeSum(id, extent!, &sums), width: 0)
            } else {
                target = map.addMemory(id, places[Int(id)]!, width: width(id))
            }
            map.append(entry.operation.kernel, target, sources, width: width(id), sourceWidth: inputs.first.map(width) ?? 0)
            for id in lastUse[position] { map.release(id) }
        }
        return finish(map, rows: extent.map { result.extents[$0].tileRows } ?? 1)
    }

    /// Nodes that are needed for the last time at each position.
    private func lastUses(_ nodes: [Int32]) -> [[Int32]] {
        var last: [Int32: Int] = [:]
        for (position, id) in nodes.enumerated() {
            last[id] = position
            for input in entry(id).inputs { last[program.origin[Int(input.id)]] = position }
        }
        var result = [[Int32]](repeating: [], count: nodes.count)
        for id in nodes { result[last[id]!].append(id) }
        return result
    }

    private mutating func finish(_ map: MapBuilder, rows: Int) -> Instruction {
        var block = min(rows, max(1, Self.blockFloats / max(1, map.totalWidth)))
        if block >= 16 { block = block / 16 * 16 }
        if rows <= 1 { block = 1 }
        var instruction = Instruction(.map)
        instruction.code = result.mapCode.count
        instruction.codeCount = map.code.count
        instruction.slot = result.slots.count
        instruction.slotCount = map.slots.count
        instruction.block = block
        precondition(map.slots.count <= 256, "a map has at most 256 slots, not \(map.slots.count)")
        result.mapCode += map.code
        result.slots += map.placedSlots(block: block)
        registers(atLeast: map.registerBytes(block: block))
        return instruction
    }
}

/// Slots, registers and instructions of one map.
struct MapBuilder {
    private(set) var code: [starling_map_instruction] = []
    /// Registers have bank `.registers`; their offset is a register number until the block is known.
    private(set) var slots: [Operand] = []
    private var slotOf: [Int32: Int] = [:]
    private var registerOf: [Int32: Int] = [:]
    private var registerWidths: [Int] = []
    private var freeRegisters: [Int] = []
    private var streamed = 0

    func slot(of id: Int32) -> Int? { slotOf[id] }

    mutating func addMemory(_ id: Int32, _ place: Operand, width: Int) -> Int {
        if place.stride > 0 { streamed += width }
        slots.append(place)
        slotOf[id] = slots.count - 1
        return slots.count - 1
    }

    mutating func addRegister(_ id: Int32, width: Int) -> Int {
        let register: Int
        if let index = freeRegisters.firstIndex(where: { registerWidths[$0] == width }) {
            register = freeRegisters.remove(at: index)
        } else {
            register = registerWidths.count
            registerWidths.append(width)
        }
        registerOf[id] = register
        slots.append(Operand(.registers, offset: register))
        slotOf[id] = slots.count - 1
        return slots.count - 1
    }

    mutating func release(_ id: Int32) {
        if let register = registerOf.removeValue(forKey: id) { freeRegisters.append(register) }
    }

    mutating func append(_ kernel: Kernel, _ target: Int, _ sources: [Int], width: Int, sourceWidth: Int) {
        var instruction = starling_map_instruction()
        switch kernel {
        case .map(let map):
            instruction.code = map.code
            instruction.p = map.p
            instruction.q = map.q
            instruction.i = map.i
            instruction.j = map.j
        default: instruction.code = STARLING_MAP_SUM_ROWS
        }
        instruction.target = UInt16(target)
        if sources.count > 0 { instruction.a = UInt16(sources[0]) }
        if sources.count > 1 { instruction.b = UInt16(sources[1]) }
        if sources.count > 2 { instruction.c = UInt16(sources[2]) }
        instruction.width = UInt32(width)
        instruction.source_width = UInt32(sourceWidth)
        code.append(instruction)
    }

    /// Floats per row of everything that moves.
    var totalWidth: Int { registerWidths.reduce(streamed, +) }

    private func registerOffsets(block: Int) -> [Int] {
        var offset = 0
        return registerWidths.map { width in
            defer { offset += Reservation.padded(4 * width * block) }
            return offset
        }
    }

    func registerBytes(block: Int) -> Int { registerWidths.reduce(0) { $0 + Reservation.padded(4 * $1 * block) } }

    func placedSlots(block: Int) -> [Operand] {
        let offsets = registerOffsets(block: block)
        return slots.map { slot in
            guard slot.bank == .registers else { return slot }
            return Operand(.registers, offset: offsets[slot.offset])
        }
    }
}
