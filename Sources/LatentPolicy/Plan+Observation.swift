package import StarlingCompute

extension Plan {
    /// Lends an observation port's memory `[rows, D]` as bytes.
    package func writeBytes(_ port: ObservationPort, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        switch port {
        case .float32(let port): write(port) { body(UnsafeMutableRawBufferPointer($0)) }
        case .uint8(let port): write(port) { body(UnsafeMutableRawBufferPointer($0)) }
        }
    }
}
