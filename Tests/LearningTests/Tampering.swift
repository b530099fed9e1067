import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLearning
import StarlingMetrics

/// V-trace on a learner that sees each unroll other than its actor did: what the invariant of lag zero must notice.
extension AlgorithmRegistry {
    /// What the design forbids: the learner samples its own noise instead of the actor's.
    static let resampledNoise = tampering { _, header in header.noiseKey = ~header.noiseKey }
    /// The recurrent state before row 0 is lost on its way.
    static let lostStates = tampering { view, _ in view.coreStates.update(repeating: 0) }
    /// Nobody resets the recurrent state where an episode begins.
    static let forgottenResets = tampering { view, _ in
        for t in 0..<view.layout.unrollLength {
            for e in 0..<view.layout.environmentCount where StepKind.isLast(view.kinds(at: t)[e]) {
                view.kinds(at: t)[e] = StepKind.ordinary.rawValue
            }
        }
    }
    /// Truncations come as terminations whose final observation has a row.
    static let terminatedForTruncated = tampering { view, _ in
        for t in 0..<view.layout.unrollLength {
            for e in 0..<view.layout.environmentCount where view.kinds(at: t)[e] == StepKind.truncated.rawValue {
                view.kinds(at: t)[e] = StepKind.terminated.rawValue
            }
        }
    }
    /// The frames before row 0 are lost on their way.
    static let lostHistory = tampering { view, _ in FrameStack.repeatNewest(view.opening, depth: view.layout.frameStack) }

    /// Nothing of what the reservoir holds is trained on.
    static let emptiedReservoir = tampering(emptiesReservoir: true) { _, _ in }

    private static func tampering(
        emptiesReservoir: Bool = false, _ change: @escaping @Sendable (MutableUnrollView, inout UnrollHeader) -> Void
    ) -> AlgorithmRegistry {
        AlgorithmRegistry([
            Entry("vtrace", "tampered with") { (context, settings: VTraceSettings) in
                Tampering(try VTrace(context, settings), emptiesReservoir: emptiesReservoir, change)
            }
        ])
    }
}

private final class Tampering: Algorithm {
    private let inner: any Algorithm
    private let emptiesReservoir: Bool
    private let change: (MutableUnrollView, inout UnrollHeader) -> Void

    init(
        _ inner: any Algorithm, emptiesReservoir: Bool, _ change: @escaping (MutableUnrollView, inout UnrollHeader) -> Void
    ) {
        self.inner = inner
        self.emptiesReservoir = emptiesReservoir
        self.change = change
    }

    var layout: ParameterLayout { inner.layout }
    var tuning: Tuning { inner.tuning }
    var reservoirRowCount: Int { inner.reservoirRowCount }

    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: unroll.layout.byteCount, alignment: 64)
        defer { copy.deallocate() }
        copy.copyMemory(from: UnsafeRawBufferPointer(start: unroll.base, count: copy.count))
        let view = MutableUnrollView(unroll.layout, copy.baseAddress!)
        var header = header
        change(view, &header)
        inner.load(view.reading, header, column: column)
    }

    func loadReservoir(noiseKey: UInt64, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        inner.loadReservoir(noiseKey: noiseKey) { rows in
            body(rows)
            if emptiesReservoir { rows.initializeMemory(as: UInt8.self, repeating: 0) }
        }
    }

    var metrics: [Metric] { inner.metrics }

    func step(_ parameters: ParameterBank, klWeight: Float, metrics: inout MetricSample) throws(NotFinite) -> Int {
        try inner.step(parameters, klWeight: klWeight, metrics: &metrics)
    }
    func measure(_ metrics: inout MetricSample) { inner.measure(&metrics) }

    func gradients<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result { inner.gradients(body) }
    func maximumLogRatio(columns: Range<Int>) -> Float { inner.maximumLogRatio(columns: columns) }
}
