import CStarlingKernels

/// What compiling for the CPU gives: instructions, tables and sizes, all plain data.
struct CPUProgram {
    struct StageProgram {
        /// Before everything, in every run.
        var opening = Interval()
        var phases: [Phase] = []
    }

    var choices: [KernelChoice] = []
    var instructions: [Instruction] = []
    var segments: [Segment] = []
    var units: [Unit] = []
    /// Of `units`, per worker and phase.
    var shares: [Interval] = []
    var grids: [starling_patch_grid] = []
    var mapCode: [starling_map_instruction] = []
    var slots: [Operand] = []
    var stages: [StageProgram]
    /// Packing of parameters: once per version.
    var packing = Interval()
    var extents: [Extent] = []
    var arenaBytes = 0
    var scratchBytes = 0
    var registerBytes = 0
    /// Of one derivative, and how many there are.
    var gradientCount = 0
    var gradientSetCount = 0
    /// Where ports are, by node.
    var places: [Int32: Operand] = [:]
    var inputBytes: [Int32: Int] = [:]
    var outputCounts: [Int32: Int] = [:]
    /// Arena ranges to fill once.
    var fills: [(offset: Int, count: Int, value: Float)] = []
    var tables: [(offset: Int, values: [Float])] = []

    init(stageCount: Int) { stages = Array(repeating: StageProgram(), count: stageCount) }
}
