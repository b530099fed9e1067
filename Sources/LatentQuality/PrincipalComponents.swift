/// The directions in which rows differ most, by the power method (Hotelling 1933): as many as a plane has.
struct PrincipalComponents {
    /// Rows, without their mean, along the components. `[M, 2]`
    let projected: Matrix
    /// Of the variance of all columns.
    let shares: [Double]

    /// So many steps bring a picture near enough; where two components are alike, any directions of their plane are as good.
    private static let steps = 40

    init(_ rows: Matrix) {
        let (count, width) = (rows.rows, rows.columns)
        let moments = Moments(rows)
        var centred = (0..<count).map { row in (0..<width).map { rows[row, $0] - moments.mean[$0] } }
        let total = moments.variance.reduce(0, +) * Double(count)
        var projected = [Float](repeating: 0, count: 2 * count)
        var shares: [Double] = []
        for component in 0..<2 {
            let scores = Self.largest(&centred, width, seed: component)
            for row in 0..<count { projected[2 * row + component] = Float(scores[row]) }
            shares.append(total > 0 ? scores.reduce(0) { $0 + $1 * $1 } / total : 0)
        }
        self.projected = Matrix(columns: 2, projected)
        self.shares = shares
    }

    /// Scores of the rows along their largest component, which is taken out of them.
    private static func largest(_ rows: inout [[Double]], _ width: Int, seed: Int) -> [Double] {
        var direction = (0..<width).map { 1 + 0.1 * Double(($0 * 7 + seed * 3) % 11) }
        var scores = [Double](repeating: 0, count: rows.count)
        for _ in 0..<steps {
            let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Nothing is left to tell apart.
            guard length > 1e-12 else { return Array(repeating: 0, count: rows.count) }
            for place in direction.indices { direction[place] /= length }
            var next = [Double](repeating: 0, count: width)
            for (place, row) in rows.enumerated() {
                scores[place] = zip(row, direction).reduce(0) { $0 + $1.0 * $1.1 }
                for column in 0..<width { next[column] += scores[place] * row[column] }
            }
            direction = next
        }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 1e-12 else { return Array(repeating: 0, count: rows.count) }
        for place in direction.indices { direction[place] /= length }
        for place in rows.indices {
            scores[place] = zip(rows[place], direction).reduce(0) { $0 + $1.0 * $1.1 }
            for column in 0..<width { rows[place][column] -= scores[place] * direction[column] }
        }
        return scores
    }
}
