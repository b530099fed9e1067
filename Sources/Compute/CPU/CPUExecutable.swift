import CStarlingKernels
import StarlingThreads

/// A program laid out in memory and run by one switch over plain instructions. A run allocates nothing, retains nothing
/// and calls nothing dynamically.
final class CPUExecutable: Executable {
    let choices: [KernelChoice]
    let extents: PlainArray<Extent>
    let instructions: PlainArray<Instruction>
    let segments: PlainArray<Segment>
    let phases: PlainArray<Phase>
    let mapCode: PlainArray<starling_map_instruction>
    let slots: PlainArray<Operand>
    let units: PlainArray<Unit>
    let shares: PlainArray<Interval>
    let grids: PlainArray<starling_patch_grid>
    /// By stage: phases, and the instructions before them.
    let stagePhases: PlainArray<Interval>
    let openings: PlainArray<Interval>
    let packing: Interval
    let team: WorkerTeam?
    let workers: Int
    private let arena: AlignedBuffer
    private let scratch: AlignedBuffer
    private let registers: AlignedBuffer
    private let gradientBuffer: AlignedBuffer
    private let scratchStride: Int
    private let registerStride: Int
    private let gradientCount: Int
    private let gradientSetCount: Int
    private let places: [Int32: Operand]
    private let inputBytes: [Int32: Int]
    private let outputCounts: [Int32: Int]
    private var packedRevisions: (UInt64, UInt64) = (0, 0)

    init(_ program: CPUProgram, team: WorkerTeam?) throws(ComputeError) {
        self.team = team
        workers = team?.count ?? 1
        choices = program.choices
        extents = PlainArray(program.extents)
        instructions = PlainArray(program.instructions)
        segments = PlainArray(program.segments)
        phases = PlainArray(program.stages.flatMap(\.phases))
        mapCode = PlainArray(program.mapCode)
        slots = PlainArray(program.slots)
        units = PlainArray(program.units)
        shares = PlainArray(program.shares)
        grids = PlainArray(program.grids)
        var intervals: [Interval] = []
        for stage in program.stages {
            let start = intervals.last?.end ?? 0
            intervals.append(Interval(start: start, end: start + stage.phases.count))
        }
        stagePhases = PlainArray(intervals)
        openings = PlainArray(program.stages.map(\.opening))
        packing = program.packing
        scratchStride = Reservation.padded(program.scratchBytes)
        registerStride = Reservation.padded(program.registerBytes)
        arena = try AlignedBuffer(byteCount: program.arenaBytes)
        scratch = try AlignedBuffer(byteCount: scratchStride * workers)
        registers = try AlignedBuffer(byteCount: registerStride * workers)
        gradientCount = program.gradientCount
        gradientSetCount = program.gradientSetCount
        gradientBuffer = try AlignedBuffer(byteCount: 4 * program.gradientCount * program.gradientSetCount)
        places = program.places
        inputBytes = program.inputBytes
        outputCounts = program.outputCounts
        for fill in program.fills {
            let start = (arena.base + fill.offset).assumingMemoryBound(to: Float.self)
            start.update(repeating: fill.value, count: fill.count)
        }
        for table in program.tables {
            (arena.base + table.offset).assumingMemoryBound(to: Float.self).update(from: table.values, count: table.values.count)
        }
    }

    var arenaByteCount: Int {
        arena.byteCount + scratch.byteCount + registers.byteCount + gradientBuffer.byteCount
    }

    func gradients(_ set: Int) -> UnsafeBufferPointer<Float> {
        precondition(set < gradientSetCount, "the graph has \(gradientSetCount) derivatives, and not number \(set)")
        return UnsafeBufferPointer(
            start: UnsafePointer(gradientBuffer.base.assumingMemoryBound(to: Float.self)) + set * gradientCount, count: gradientCount)
    }

    func buffer(ofInput id: Int32) -> UnsafeMutableRawBufferPointer {
        guard let place = places[id], let bytes = inputBytes[id] else {
            preconditionFailure("node \(id) is no input of this plan's graph")
        }
        return UnsafeMutableRawBufferPointer(start: arena.base + place.offset, count: bytes)
    }

    func buffer(ofOutput id: Int32) -> UnsafeBufferPointer<Float> {
        guard let place = places[id], let count = outputCounts[id] else {
            preconditionFailure("node \(id) is no output of this plan's graph")
        }
        let base = place.bank == .gradients ? gradientBuffer.base : arena.base
        precondition(place.bank == .gradients || place.bank == .arena, "a parameter is read from its bank")
        return UnsafeBufferPointer(
            start: UnsafePointer((base + place.offset).assumingMemoryBound(to: Float.self)), count: count)
    }

    func run(_ stage: Stage, with banks: ParameterBanks, rows: Int?) {
        // Nothing of the graph is in a later one.
        guard Int(stage.rawValue) < stagePhases.count else { return }
        let target = banks.target ?? banks.online
        let revisions = (banks.online.revision, target.revision)
        var run = Run(
            stage: Int(stage.rawValue), rows: rows ?? 0, packs: revisions != packedRevisions,
            parameters: UnsafeMutableRawPointer(mutating: banks.online.base),
            targetParameters: UnsafeMutableRawPointer(mutating: target.base), executable: Unmanaged.passUnretained(self))
        if let team {
            withUnsafeMutablePointer(to: &run) { pointer in
                team.run(UnsafeMutableRawPointer(pointer)) { context, worker in
                    let run = context.assumingMemoryBound(to: Run.self)
                    run.pointee.executable._withUnsafeGuaranteedRef { $0.work(run.pointee, worker: worker) }
                }
            }
        } else {
            work(run, worker: 0)
        }
        packedRevisions = revisions
    }

    /// What workers are told.
    struct Run {
        let stage: Int
        /// 0: all.
        let rows: Int
        let packs: Bool
        let parameters: UnsafeMutableRawPointer
        let targetParameters: UnsafeMutableRawPointer
        let executable: Unmanaged<CPUExecutable>
    }

    func banks(_ run: Run, worker: Int) -> Banks {
        Banks(
            arena: arena.base, scratch: scratch.base + worker * scratchStride,
            registers: registers.base + worker * registerStride, parameters: run.parameters,
            targetParameters: run.targetParameters, gradients: gradientBuffer.base)
    }
}

/// Where each bank starts for one worker.
struct Banks {
    let arena: UnsafeMutableRawPointer
    let scratch: UnsafeMutableRawPointer
    let registers: UnsafeMutableRawPointer
    let parameters: UnsafeMutableRawPointer
    let targetParameters: UnsafeMutableRawPointer
    let gradients: UnsafeMutableRawPointer

    @inline(__always)
    func base(_ bank: Bank) -> UnsafeMutableRawPointer {
        switch bank {
        case .arena: arena
        case .scratch: scratch
        case .registers: registers
        case .parameters: parameters
        case .targetParameters: targetParameters
        case .gradients: gradients
        }
    }

    @inline(__always)
    func address(_ operand: Operand, row: Int, tile: Int) -> UnsafeMutableRawPointer {
        base(operand.bank) + operand.offset + row * operand.rowStride + tile * operand.tileStride
    }

    @inline(__always)
    func floats(_ operand: Operand, row: Int = 0, tile: Int = 0) -> UnsafeMutablePointer<Float> {
        address(operand, row: row, tile: tile).assumingMemoryBound(to: Float.self)
    }

    @inline(__always)
    func floatsIfAny(_ operand: Operand, row: Int = 0) -> UnsafePointer<Float>? {
        operand.isNone ? nil : UnsafePointer(floats(operand, row: row))
    }
}
