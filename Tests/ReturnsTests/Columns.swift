/// Time-major `[rows, B]` from one array per column.
func timeMajor<Value>(_ columns: [[Value]]) -> [Value] {
    columns[0].indices.flatMap { t in columns.map { $0[t] } }
}

/// The array where it stays: a test's few bytes are never given back.
func lent<Value>(_ array: [Value]) -> UnsafeBufferPointer<Value> {
    let copy = UnsafeMutableBufferPointer<Value>.allocate(capacity: array.count)
    _ = copy.initialize(from: array)
    return UnsafeBufferPointer(copy)
}

/// `max(1e-5, 1e-5 |expected|)`, the tolerance of the golden vectors.
func isClose(_ actual: Float, _ expected: Double) -> Bool {
    abs(Double(actual) - expected) <= max(1e-5, 1e-5 * abs(expected))
}

func isClose(_ actual: [Float], _ expected: [Double]) -> Bool {
    actual.count == expected.count && zip(actual, expected).allSatisfy(isClose)
}

/// One result array of `count` numbers, written by `body`; begins as NaN so that a gap shows.
func result(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    values.withUnsafeMutableBufferPointer { body($0) }
    return values
}

/// Numbers for tests, the same on every run (Knuth's MMIX generator).
struct TestNumbers {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
    /// Uniform in `[low, high)`.
    mutating func float(_ low: Float, _ high: Float) -> Float { low + (high - low) * Float(next() % 65536) / 65536 }
    mutating func floats(_ count: Int, _ low: Float, _ high: Float) -> [Float] {
        (0..<count).map { _ in float(low, high) }
    }
}
