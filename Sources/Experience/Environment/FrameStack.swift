/// The frames of an unroll as stacks of F, for whoever feeds a model: actor, evaluator and learner. The wire carries every
/// frame once, so stacks are made where they are used, all by the one rule in `sourceRow`.
///
/// Plain bytes, so that a step counts no references. Valid while the block is.
package struct FrameStack: BitwiseCopyable {
    /// Frames `F` of a stack.
    package let depth: Int
    /// Steps `T`.
    private let unrollLength: Int
    private let environmentCount: Int
    /// Bytes of one frame.
    private let frameByteCount: Int
    /// `[F−1+T+1, E, D]`: the history of row 0, then rows 0 ... T.
    private let frames: UnsafeRawPointer
    /// `[T, E]`, raw values of `StepKind`. Of a row that is not stepped yet it must not be `reset` by chance.
    private let kinds: UnsafePointer<UInt8>

    package init(
        depth: Int, unrollLength: Int, environmentCount: Int, frameByteCount: Int, frames: UnsafeRawPointer,
        kinds: UnsafePointer<UInt8>
    ) {
        precondition(depth > 0, "a stack of \(depth) frames")
        self.depth = depth
        self.unrollLength = unrollLength
        self.environmentCount = environmentCount
        self.frameByteCount = frameByteCount
        self.frames = frames
        self.kinds = kinds
    }

    /// Bytes of the stacks of all environments at one row.
    package var rowByteCount: Int { environmentCount * depth * frameByteCount }

    /// The row one frame further back in the stack: the one before, or the same again where an episode begins. Rows
    /// below 0 are the history, which was written by this rule already.
    @inline(__always)
    private func sourceRow(before row: Int, of environment: Int) -> Int {
        row > 0 && begins(row, environment) ? row : row - 1
    }

    /// The kind of row T is the next unroll's to tell. Should that row be a terminated episode's last observation, its stack
    /// here lacks the frames before it; nothing is made of it, since no value counts after a termination.
    @inline(__always)
    private func begins(_ row: Int, _ environment: Int) -> Bool {
        let place = row * environmentCount + environment
        let own = row < unrollLength ? kinds[place] : StepKind.ordinary.rawValue
        return StepKind.begins(own, after: kinds[place - environmentCount])
    }

    /// Copies the stack of one environment at `row` in `0 ... T`: `[F, D]`, oldest frame first.
    @inline(__always)
    package func copy(row: Int, environment: Int, to target: UnsafeMutableRawPointer) {
        copy(row: row, environment: environment, to: target, stride: frameByteCount)
    }

    /// Copies the stacks of all environments at `row`: `[E, F, D]`.
    package func copy(row: Int, to target: UnsafeMutableRawPointer) {
        guard depth > 1 else {
            return target.copyMemory(
                from: frames + row * environmentCount * frameByteCount, byteCount: environmentCount * frameByteCount)
        }
        for environment in 0..<environmentCount {
            copy(row: row, environment: environment, to: target + environment * depth * frameByteCount)
        }
    }

    /// Copies what an unroll that goes on at `row` begins with: its history and its row 0, `[F, E, D]`.
    package func copyOpening(at row: Int, to target: UnsafeMutableRawPointer) {
        for environment in 0..<environmentCount {
            copy(
                row: row, environment: environment, to: target + environment * frameByteCount,
                stride: environmentCount * frameByteCount)
        }
    }

    @inline(__always)
    private func copy(row: Int, environment: Int, to target: UnsafeMutableRawPointer, stride: Int) {
        var source = row
        for slot in (0..<depth).reversed() {
            let place = (depth - 1 + source) * environmentCount + environment
            (target + slot * stride).copyMemory(from: frames + place * frameByteCount, byteCount: frameByteCount)
            source = sourceRow(before: source, of: environment)
        }
    }

    /// Fills an opening `[F, E, D]` whose newest frames are written with those: the episodes begin there.
    package static func repeatNewest(_ opening: UnsafeMutableRawBufferPointer, depth: Int) {
        let (size, base) = (opening.count / depth, opening.baseAddress!)
        for slot in 0..<depth - 1 { (base + slot * size).copyMemory(from: base + (depth - 1) * size, byteCount: size) }
    }
}
