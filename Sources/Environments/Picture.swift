/// A small picture of an environment, for people.
public enum Picture: Hashable, Sendable {
    /// Lines of a terminal, all of the same width.
    case text([String])
    /// Rows from the top, three bytes (red, green, blue) a pixel.
    case pixels(width: Int, height: Int, rgb: [UInt8])
}
