/// Bounds of the wire, told before anything is allocated.
package enum WireLimits {
    /// The protocol these sources speak. Another one is refused by name.
    package static let protocolVersion: UInt32 = 3
    /// No frame is larger; larger blocks are split.
    package static let frameByteCount = 256 * 1024
    /// Largest header frame.
    package static let headerByteCount = 256 * 1024
    /// Largest header of a HELLO.
    package static let helloByteCount = 64 * 1024
    /// Largest block of an unroll.
    package static let blockByteCount = 64 * 1024 * 1024
    /// Largest parameter blob.
    package static let parameterByteCount = 4 * 1024 * 1024 * 1024
    /// Frames of one message: a header and the largest block.
    package static let frameCount = 1 + blockByteCount / frameByteCount
    /// Largest sequence and count of unrolls: sums of them never overflow.
    package static let sequence: UInt64 = 1 << 40
    /// Bytes of UTF-8 in any text.
    package static let textByteCount = 4096
    /// Bytes of UTF-8 in the name of an actor or an environment.
    package static let nameByteCount = 255
    /// Longest time of an actor that is told, two years; what is beyond counts as that.
    package static let nanoseconds: UInt64 = 1 << 56
    /// Starts of an actor are numbered below this; nanoseconds since 1970 stay below it until 2262.
    package static let incarnation: UInt64 = 1 << 63
    /// Longest time between PINGs of a session, in seconds.
    package static let pingSeconds: UInt32 = 15
    /// Threads of an actor.
    package static let threadCount = 256
    /// Environments in one HELLO.
    package static let environmentCount = 256
    /// Options of an environment, and entries of one that is a list.
    package static let optionCount = 128
    /// Dimensions of an observation.
    package static let rank = 8
    /// Scalars of an observation, and numbers of an action distribution.
    package static let scalarCount = 16 * 1024 * 1024
    /// Numbers of one continuous action.
    package static let actionWidth = 4096
    /// Episodes of one evaluation: their returns must fit into a header.
    package static let episodeCount = 50_000
    /// What an environment tells of an episode.
    package static let measureCount = 16
    /// Columns of an unroll.
    package static let columnCount = 256
    /// Layers of a trunk.
    package static let layerCount = 64
    /// Side of a convolution's kernel, its stride and its padding.
    package static let kernelSide: UInt32 = 256
}
