import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

// Unrolls are [T, E], batches [T, B]: these copy the first into E columns of the second.

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
    /// Copies `[T, E]` into columns `column ..< column + E` of `[T, B]`; with a depth, `[T, E, depth]` of `[T, B, depth]`.
    func copyColumns(
        _ source: UnsafeBufferPointer<Element>, _ layout: UnrollLayout, _ column: Int, of columnCount: Int, depth: Int = 1
    ) {
        let width = layout.environmentCount
        precondition(column + width <= columnCount, "columns \(column)..<\(column + width) of \(columnCount)")
        for t in 0..<layout.unrollLength {
            (baseAddress! + (t * columnCount + column) * depth)
                .update(from: source.baseAddress! + t * width * depth, count: width * depth)
        }
    }
}

extension Plan {
    /// Copies the T+1 observation rows of an unroll, as the model sees them: in stacks.
    func load(_ unroll: UnrollView, into port: ObservationPort, column: Int, of columnCount: Int) {
        let stack = unroll.stack
        let size = stack.rowByteCount / unroll.layout.environmentCount
        writeBytes(port) { batch in
            for t in 0...unroll.layout.unrollLength {
                stack.copy(row: t, to: batch.baseAddress! + (t * columnCount + column) * size)
            }
        }
    }

    /// Copies the recurrent states before row 0, and tells before which rows an episode begins. Row 0's state comes as it
    /// is to be: zero where an episode begins there.
    func load(_ unroll: UnrollView, into core: CorePorts, _ column: Int, of columnCount: Int) {
        let layout = unroll.layout
        let width = layout.environmentCount
        write(core.initial) { states in
            _ = UnsafeMutableBufferPointer(rebasing: states[(column * layout.coreStateCount)...])
                .update(fromContentsOf: unroll.coreStates)
        }
        write(core.reset) { resets in
            for e in 0..<width { resets[column + e] = 0 }
            for step in 1...layout.unrollLength {
                for e in 0..<width { resets[step * columnCount + column + e] = unroll.beginsEpisode(step, e) ? 1 : 0 }
            }
        }
    }

    /// The same of single environments, each of an unroll of its own.
    /// - Parameters:
    ///   - columns: how many.
    ///   - steps: rows of each, from row 0.
    ///   - source: where a column comes from.
    func load(_ columns: Int, into core: CorePorts, steps: Int, from source: (_ column: Int) -> (unroll: UnrollView, environment: Int)) {
        write(core.initial) { states in
            for column in 0..<columns {
                let (unroll, environment) = source(column)
                let width = unroll.layout.coreStateCount
                for index in 0..<width { states[column * width + index] = unroll.coreStates[environment * width + index] }
            }
        }
        write(core.reset) { resets in
            for column in 0..<columns {
                let (unroll, environment) = source(column)
                resets[column] = 0
                for step in 1..<max(1, steps) {
                    resets[step * columns + column] = unroll.beginsEpisode(step, environment) ? 1 : 0
                }
            }
        }
    }

    /// Copies the actions of an unroll.
    func loadActions(_ unroll: UnrollView, into port: ActionPort, column: Int, of columnCount: Int) {
        switch port {
        case .discrete(let port): write(port) { $0.copyColumns(unroll.actions, unroll.layout, column, of: columnCount) }
        case .multiDiscrete(let port):
            let (layout, width) = (unroll.layout, unroll.layout.actionParameterCount)
            write(port) { features in
                for t in 0..<layout.unrollLength {
                    let first = (t * columnCount + column) * width
                    (features.baseAddress! + first).update(repeating: 0, count: layout.environmentCount * width)
                    for e in 0..<layout.environmentCount {
                        let chosen = unroll.actions.baseAddress! + (t * layout.environmentCount + e) * layout.actionWidth
                        layout.actionParts.mark(chosen, in: features.baseAddress! + first + e * width)
                    }
                }
            }
        case .continuous(let port):
            write(port) {
                $0.copyColumns(
                    unroll.samples, unroll.layout, column, of: columnCount, depth: unroll.layout.actionWidth)
            }
        }
    }

    /// Writes what the host's columns have, row T not among them.
    func writeActions(of batch: HostBatch, into port: ActionPort) {
        switch port {
        case .discrete(let port): write(port) { _ = $0.update(fromContentsOf: batch.actions) }
        case .multiDiscrete(let port):
            let parts = batch.environment.action.parts
            write(port) { features in
                features.update(repeating: 0)
                for row in batch.kinds.indices {
                    parts.mark(
                        batch.actions.baseAddress! + row * parts.count,
                        in: features.baseAddress! + row * batch.environment.action.parameterCount)
                }
            }
        case .continuous(let port): write(port) { _ = $0.update(fromContentsOf: batch.samples) }
        }
    }

    /// Copies the action masks of an unroll, row T among them.
    func loadMasks(_ unroll: UnrollView, into port: Port<UInt8>, column: Int, of columnCount: Int) {
        let count = unroll.layout.environmentCount * unroll.layout.actionMaskWidth
        write(port) { masks in
            for t in 0...unroll.layout.unrollLength {
                let target = (t * columnCount + column) * unroll.layout.actionMaskWidth
                (masks.baseAddress! + target).update(from: unroll.actionMasks.baseAddress! + t * count, count: count)
            }
        }
    }

    /// Has every row's ε drawn anew.
    /// - Parameter firstStep: tells these rows from others that have the key.
    func writeFresh(_ noise: NoisePorts, key: UInt64, firstStep: UInt64 = 0) {
        write(noise.key) { $0.update(repeating: key) }
        write(noise.step) { for row in $0.indices { $0[row] = firstStep + UInt64(row) } }
        write(noise.environment) { $0.update(repeating: 0) }
    }

    /// Tells every row where its ε comes from.
    func load(
        _ header: UnrollHeader, _ layout: UnrollLayout, into noise: NoisePorts, _ column: Int, of columnCount: Int
    ) {
        func fill<Scalar>(_ port: Port<Scalar>, _ value: (_ t: Int, _ environment: Int) -> Scalar) {
            write(port) { rows in
                for t in 0...layout.unrollLength {
                    for e in 0..<layout.environmentCount { rows[t * columnCount + column + e] = value(t, e) }
                }
            }
        }
        fill(noise.key) { _, _ in header.noiseKey }
        fill(noise.step) { t, _ in header.firstStep &+ UInt64(t) }
        fill(noise.environment) { _, e in header.firstEnvironment &+ UInt32(e) }
    }
}

extension UnrollView {
    /// Whether an episode begins at a row behind row 0, row T included.
    fileprivate func beginsEpisode(_ step: Int, _ environment: Int) -> Bool {
        let row = step * layout.environmentCount + environment
        // The kind of row T is the next unroll's to tell.
        let kind = row < kinds.count ? kinds[row] : StepKind.ordinary.rawValue
        return StepKind.begins(kind, after: kinds[row - layout.environmentCount])
    }
}
