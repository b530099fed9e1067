import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLearning

extension AlgorithmRegistry {
    /// What the design forbids: V-trace on a learner that samples its own noise instead of the actor's.
    static let resampledNoise = AlgorithmRegistry([
        Entry("vtrace", "forbidden") { policy, settings, team, tuning in
            let honest = AlgorithmRegistry.builtIn.entries.first { $0.name == "vtrace" }!
            return ResampledNoise(try honest.make(policy, settings, team, tuning))
        }
    ])
}

private final class ResampledNoise: Algorithm {
    private let inner: any Algorithm

    init(_ inner: any Algorithm) { self.inner = inner }

    var layout: ParameterLayout { inner.layout }
    var tuning: Tuning { inner.tuning }
    var reservoirRowCount: Int { inner.reservoirRowCount }

    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        var header = header
        header.noiseKey = ~header.noiseKey
        inner.load(unroll, header, column: column)
    }

    func loadReservoir(noiseKey: UInt64, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        inner.loadReservoir(noiseKey: noiseKey, body)
    }

    func step(_ parameters: ParameterBank, klWeight: Float) throws(NotFinite) -> AlgorithmReport {
        try inner.step(parameters, klWeight: klWeight)
    }

    func gradients<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result { inner.gradients(body) }
    func maximumLogRatio(columns: Range<Int>) -> Float { inner.maximumLogRatio(columns: columns) }
    func activeUnits() -> Int { inner.activeUnits() }
}
