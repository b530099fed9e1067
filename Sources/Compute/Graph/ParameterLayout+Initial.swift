import CStarlingKernels

extension ParameterLayout {
    /// Initial values, the same for the same seed on every machine. Padding is 0.
    ///
    /// Each slot draws from its own stream of Philox (key: the seed, counter: slot and element), so adding a parameter
    /// changes no other.
    package func initial(seed: UInt64) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        for (index, slot) in slots.enumerated() {
            let drawn = Self.draw(slot, seed: seed, stream: UInt64(index))
            values.replaceSubrange(slot.offset..<(slot.offset + slot.count), with: drawn)
        }
        return values
    }

    private static func draw(_ slot: Slot, seed: UInt64, stream: UInt64) -> [Float] {
        switch slot.initial {
        case .zeros: return Array(repeating: 0, count: slot.count)
        case .constant(let value): return Array(repeating: value, count: slot.count)
        case .uniform(let bound):
            return (0..<slot.count).map { element in
                let word = Philox.words(key: seed, counter: (UInt32(element), 0, UInt32(stream), 1)).0
                return bound * (2 * (Float(word >> 8) + 0.5) / 16_777_216 - 1)
            }
        case .normal(let deviation): return normals(slot.count, seed, stream).map { $0 * deviation }
        case .orthogonal(let gain):
            let rows = slot.dims.first ?? 1
            return orthogonal(normals(slot.count, seed, stream), rows: rows, gain: gain)
        }
    }

    private static func normals(_ count: Int, _ seed: UInt64, _ stream: UInt64) -> [Float] {
        var normals = [Float](repeating: 0, count: count)
        var (key, step) = (seed, stream)
        // Four numbers per block and 2¹⁶ blocks per counter: the environment counts the rest.
        for (environment, start) in stride(from: 0, to: count, by: 1 << 18).enumerated() {
            var environment = UInt32(environment)
            let part = min(1 << 18, count - start)
            normals.withUnsafeMutableBufferPointer {
                starling_gaussian(&key, &step, &environment, 2, 1, Int32(part), $0.baseAddress! + start)
            }
        }
        return normals
    }

    /// Gram–Schmidt in double precision, twice for accuracy, on the shorter side.
    private static func orthogonal(_ normals: [Float], rows: Int, gain: Float) -> [Float] {
        let columns = normals.count / rows
        let (count, length) = (min(rows, columns), max(rows, columns))
        let isTall = rows > columns
        func index(_ vector: Int, _ element: Int) -> Int { isTall ? element * columns + vector : vector * columns + element }
        var vectors = (0..<count).map { v in (0..<length).map { Double(normals[index(v, $0)]) } }
        for v in 0..<count {
            for _ in 0..<2 {
                for earlier in 0..<v {
                    var dot = 0.0
                    for e in 0..<length { dot += vectors[v][e] * vectors[earlier][e] }
                    for e in 0..<length { vectors[v][e] -= dot * vectors[earlier][e] }
                }
            }
            var square = 0.0
            for e in 0..<length { square += vectors[v][e] * vectors[v][e] }
            let scale = 1 / square.squareRoot()
            for e in 0..<length { vectors[v][e] *= scale }
        }
        var result = [Float](repeating: 0, count: normals.count)
        for v in 0..<count { for e in 0..<length { result[index(v, e)] = gain * Float(vectors[v][e]) } }
        return result
    }
}
