/// A digit's name and as much of its picture as is drawn, as tokens: 0 … 9 name a digit, 10 … 14 are greys from ground to ink.
package struct Drawing: Hashable, Sendable {
    package static let digits = 10
    package static let greys = 5
    package static let tokenCount = digits + greys
    /// Pixels on a side.
    package static let side = 8
    /// Tokens of a whole one.
    package static let length = 1 + side * side

    package private(set) var tokens: [UInt8]

    package init() { tokens = [] }

    /// - Precondition: at most `length` tokens, all below `tokenCount`.
    package init(_ tokens: [UInt8]) { self.tokens = tokens }

    package var count: Int { tokens.count }
    package var isComplete: Bool { tokens.count == Self.length }
    package subscript(place: Int) -> UInt8 { tokens[place] }
    package mutating func append(_ token: UInt8) { tokens.append(token) }

    /// What it is named; nil where it begins otherwise.
    package var digit: Int? { tokens.first.flatMap { $0 < Self.digits ? Int($0) : nil } }

    /// Whether every token is one of those that belong at its place.
    package var isWellFormed: Bool { digit != nil && tokens.dropFirst().allSatisfy { $0 >= Self.digits } }

    /// Of a pixel, 0 … 4; what isn't drawn, and a name in the place of a grey, is ground.
    package func grey(_ pixel: Int) -> Int {
        guard pixel + 1 < tokens.count else { return 0 }
        return max(0, Int(tokens[pixel + 1]) - Self.digits)
    }

    /// Ink on white; of a wrong one the ink is red.
    package func rgb(isWrong: Bool) -> [UInt8] {
        (0..<Self.side * Self.side).flatMap { pixel -> [UInt8] in
            let ground = UInt8(255 - 255 * grey(pixel) / (Self.greys - 1))
            return [isWrong ? max(ground, 200) : ground, ground, ground]
        }
    }
}
