/// Draws a cart and its pole: 32 × 32 grey levels, rows from the top.
///
/// The track's 4.8 m are 24 pixels, which leaves room for the cart at both ends; the pole is drawn larger, 25 pixels
/// for its metre, because at the track's scale a fall would be one pixel. Angles are true. Edges are anti-aliased: a
/// pixel is as bright as the part of it that is covered, so 1 grey level is 0.8 mm of the cart and 0.16 mrad at the
/// pole's tip, and the motion of a single step shows.
///
/// All edges are integers with 16 fraction bits, and only +, −, ×, ÷ lead to them: the same pixels on every machine,
/// and mirrored states give mirrored pictures.
package enum CartPoleFrame {
    /// Pixels of a row, and rows.
    package static let side = 32
    package static let byteCount = side * side

    private static let pixelsPerMetre = 5.0
    private static let cartWidth = 7
    /// First row of the cart; the pole stands on it.
    private static let cartTop = 26
    private static let poleLength = 25.0
    private static let poleWidth = 3.0
    /// Lowest row; the cart stands on it.
    private static let track = (row: 31, grey: UInt8(96))
    /// Beyond these an episode is long over (2.4 m, 0.21 rad); what is drawn there stays there.
    private static let limits = (x: 3.0, theta: 0.24)

    private static let fractionBits = 16
    private static let one = 1 << fractionBits

    /// Draws over `byteCount` zeros that begin at `offset`.
    package static func draw(_ state: CartPole.State, into pixels: inout MutableRawSpan, at offset: Int) {
        let (sine, cosine) = CartPole.sineAndCosine(clamp(state.theta, limits.theta))
        let middle = side / 2 * one + fixed(clamp(state.x, limits.x) * pixelsPerMetre)
        // How far the pole leans over half a row, half its width along a row, and the height of its tip.
        let lean = fixed(0.5 * sine / cosine)
        let half = fixed(0.5 * poleWidth / cosine)
        let tip = fixed(poleLength * cosine)

        let whole = tip >> fractionBits
        for row in 0..<whole {
            let axis = middle + lean * (2 * row + 1)
            write(cartTop - 1 - row, from: axis - half, to: axis + half, coverage: one, into: &pixels, at: offset)
        }
        let axis = middle + lean * (2 * whole + 1)
        write(
            cartTop - 1 - whole, from: axis - half, to: axis + half, coverage: tip & (one - 1), into: &pixels,
            at: offset)
        for row in cartTop..<track.row {
            let half = cartWidth * one / 2
            write(row, from: middle - half, to: middle + half, coverage: one, into: &pixels, at: offset)
        }
        for column in stride(from: 0, to: side, by: 8) {
            pixels.storeBytes(
                of: UInt64(track.grey) * everyByte, toByteOffset: offset + track.row * side + column, as: UInt64.self)
        }
    }

    /// Writes the pixels of a row between two edges, at least 1 and at most 7 apart: no more than 8 pixels, which are
    /// the bytes of one word.
    /// - Parameter coverage: part of the row's height that the shape fills.
    @inline(__always)
    private static func write(
        _ row: Int, from left: Int, to right: Int, coverage: Int, into pixels: inout MutableRawSpan, at offset: Int
    ) {
        let (first, last) = (left >> fractionBits, right >> fractionBits)
        let lastBit = UInt64(8 * (last - first))
        var word = grey(coverage) * (everyByte & ((1 &<< lastBit) - 0x100))
        word |= grey((((first + 1) * one - left) * coverage) >> fractionBits)
        word |= grey(((right - last * one) * coverage) >> fractionBits) &<< lastBit
        // Moved so that the word lies within the row; what is beyond the picture's sides is shifted out of it.
        let start = min(max(first, 0), side - 8)
        word <<= 8 * (first - start)
        pixels.storeBytes(of: word.littleEndian, toByteOffset: offset + row * side + start, as: UInt64.self)
    }

    private static let everyByte: UInt64 = 0x0101_0101_0101_0101

    /// The grey level of a pixel of which this part is covered.
    @inline(__always)
    private static func grey(_ part: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: (part * 255 + one / 2) >> fractionBits)
    }

    /// Cut towards 0, which keeps mirrored numbers mirrored.
    private static func fixed(_ x: Double) -> Int { Int(x * Double(one)) }

    /// Not a number becomes a number.
    private static func clamp(_ x: Double, _ limit: Double) -> Double { x > limit ? limit : x > -limit ? x : -limit }
}
