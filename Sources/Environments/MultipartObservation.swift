public import StarlingExperience

/// An environment whose observations are several arrays, each with an encoder of its own: a picture and numbers, say.
///
/// ```swift
/// struct Rover: Environment, MultipartObservation {
///     let observationParts = [ObservationSpec.Part("speed", [2]), .init("camera", [1, 8, 8], .uint8)]
///     let action = ActionSpec.discrete(4)
///
///     mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
///         observation.setFloat(0, at: 0)
///         observation.setFloat(0, at: 1)
///         for pixel in 0..<64 { observation[8 + pixel] = 0 }
///     }
///     …
/// }
/// ```
///
/// The parts lie one after the other: those of float32 first, then those of bytes, each in the order in which they are declared. So
/// number `i` of the floats is at `4·i` bytes, and the bytes begin behind the last of them. Where all parts are float32, `Scalar`
/// may be `Float`, and they are numbers one after the other.
public protocol MultipartObservation: EnvironmentCore {
    /// Names and shapes. The same for every instance of a registry entry, and for its whole life.
    var observationParts: [ObservationSpec.Part] { get }
}

extension MultipartObservation {
    public var observationSpec: ObservationSpec { ObservationSpec(parts: observationParts) }
    public var observationShape: [Int] { [observationSpec.byteCount / MemoryLayout<Scalar>.size] }
}

extension MutableSpan<UInt8> {
    /// Writes number `index` of the float32 that an observation of several parts begins with.
    @inlinable
    public mutating func setFloat(_ value: Float, at index: Int) {
        precondition(index >= 0 && 4 * index + 4 <= count, "float \(index) of \(count) bytes")
        withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self) }
    }
}
