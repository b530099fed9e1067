import Foundation

/// What a script of Fixtures/gymnasium sees, row by row, of an environment of pictures.
struct PicturesByHand: Decodable {
    let observations: [String]
    let rewards: [Float]
    let kinds: [UInt8]

    /// - Parameter task: what the script reads on standard input.
    static func rows(_ script: String, _ task: some Encodable) throws -> PicturesByHand {
        let input = String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
        return try JSONDecoder().decode(Self.self, from: TestPython.run([TestPython.folder.appending(path: script).path], input))
    }

    /// - Returns: by how many grey levels a pixel is off at most, and the levels that there are.
    func compared(with played: Played) -> (worst: Int, levels: Set<Int>) {
        var (worst, levels) = (0, Set<Int>())
        for row in observations.indices {
            let pixels = pixels(row)
            worst = max(worst, zip(played.observations[row], pixels).reduce(0) { max($0, abs(Int($1.0) - $1.1)) })
            levels.formUnion(pixels)
        }
        return (worst, levels)
    }

    private func pixels(_ row: Int) -> [Int] {
        let text = Array(observations[row].utf8)
        func nibble(_ byte: UInt8) -> Int { Int(byte < 97 ? byte - 48 : byte - 87) }
        return stride(from: 0, to: text.count, by: 2).map { nibble(text[$0]) << 4 | nibble(text[$0 + 1]) }
    }
}
