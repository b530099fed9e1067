package import StarlingExperience
package import StarlingSafetensors

/// Observations that are there before a run, one a row: what an autoencoder learns from without an environment.
package struct DataSet: Sendable {
    /// Of a row.
    package let observation: ObservationSpec
    /// Rows `N`.
    package let count: Int
    /// `[N, D]`, as observations are in memory.
    private let bytes: [UInt8]

    /// - Precondition: the bytes are whole rows.
    package init(_ observation: ObservationSpec, bytes: [UInt8]) {
        precondition(bytes.count % observation.byteCount == 0, "\(bytes.count) bytes are no rows of \(observation.byteCount)")
        (self.observation, self.bytes) = (observation, bytes)
        count = bytes.count / observation.byteCount
    }

    /// A part of a file, for instance `train`: its array `train.observations`, `[N, …]` of bytes (U8) or of floats (F32).
    package init(_ part: String, of file: SafetensorsFile) throws(DataSetError) {
        let name = "\(part).observations"
        guard let array = file[name] else {
            let names = file.arrays.map(\.name).joined(separator: ", ")
            throw DataSetError("there is no array \(name), \(names.isEmpty ? "or any other" : "only \(names)")")
        }
        let scalar: ObservationSpec.Scalar
        switch array.scalar {
        case .uint8: scalar = .uint8
        case .float32: scalar = .float32
        default: throw DataSetError("\(name) is of type \(array.scalar.rawValue); observations are U8 or F32")
        }
        guard array.shape.count >= 2, !array.shape.contains(0) else {
            throw DataSetError("\(name) has the shape \(array.shape); it takes rows of observations, [N, …], one at least")
        }
        if scalar == .float32, array.values(as: Float.self)!.contains(where: { !$0.isFinite }) {
            throw DataSetError("\(name) holds something that is no number")
        }
        self.init(ObservationSpec(shape: Array(array.shape.dropFirst()), scalar: scalar), bytes: array.bytes)
    }

    /// What a model has to know of it; there is one action.
    package var environment: EnvironmentSpec { EnvironmentSpec(name: "data set", observation: observation, action: .discrete(1)) }

    /// The smallest and the largest number of all.
    package var range: ClosedRange<Float> {
        bytes.withUnsafeBytes { raw in
            switch observation.scalar {
            case .uint8: Float(raw.min() ?? 0)...Float(raw.max() ?? 0)
            case .float32: raw.withMemoryRebound(to: Float.self) { ($0.min() ?? 0)...($0.max() ?? 0) }
            }
        }
    }

    /// Copies a row to where there is room for it.
    package func copy(_ row: Int, to place: UnsafeMutableRawPointer) {
        let width = observation.byteCount
        bytes.withUnsafeBytes { place.copyMemory(from: $0.baseAddress! + row * width, byteCount: width) }
    }
}

/// Why a file is no data set, as a sentence without its end.
package struct DataSetError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
