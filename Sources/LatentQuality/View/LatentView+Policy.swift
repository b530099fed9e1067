import Glibc
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

extension LatentView {
    /// How much is shown.
    private enum Size {
        static let observations = 1024
        static let pairs = 16
        static let traversals = 8
        static let steps = 9
        static let interpolations = 4
        static let samples = 16
        /// Rows that the flips are counted on.
        static let flipped = 256
    }

    /// Computes it: less than a second where observations have few numbers, some seconds for images.
    /// - Parameters:
    ///   - parameters: all of the model's, in the layout of `policy.layout`; what comes behind them doesn't matter.
    ///   - observations: `[M, F·D]` as the encoder's port takes them, stacks of frames; the first 1024 are taken.
    ///   - arePolicyValues: whether the policy head tells what actions are worth.
    ///   - seed: of what is drawn.
    /// - Throws: `LatentSampleError`, without observations or when a number isn't finite; `ComputeError`.
    package init(
        _ policy: LatentPolicy, parameters: ParameterBank, observations: UnsafeRawBufferPointer, arePolicyValues: Bool = false,
        seed: UInt64 = 0, compute: ComputeContext = .cpu()
    ) throws {
        let size = policy.stackedObservation.byteCount
        let some = UnsafeRawBufferPointer(rebasing: observations.prefix(min(observations.count, Size.observations * size)))
        let sample = try LatentSample(policy, parameters: parameters, observations: some, seed: seed, compute: compute)
        let quality = try LatentQuality(sample, seed: seed, compute: compute)
        let heads = try HeadsPlan(policy, parameters, rows: Size.observations, arePolicyValues: arePolicyValues, compute)
        let looks = Looks(policy, sample)
        let (means, moments) = (sample.means, Moments(sample.means))
        var draws = Draws(seed: seed)
        func sights(_ matrix: Matrix?, _ rows: [Int]) -> [Sight]? { matrix.map { matrix in rows.map { looks(matrix, $0) } } }

        count = means.rows
        parts = looks.names
        policyKind = heads.kind
        (sentence, warnings) = (quality.sentence, quality.warnings.map(\.message))
        let order = draws.permutation(count)
        let shown = Array(order.prefix(Size.pairs))
        let back = sights(sample.reconstructions, shown)
        pairs = shown.indices.map { Pair(seen: looks(sample.observations, shown[$0]), decoded: back?[$0]) }
        let judged = heads(means)
        let flips = Self.flips(of: means.rows(0..<min(count, Size.flipped)), moments, sample.classes, heads)
        latents = Self.latents(moments, quality.posterior, flips, sample.classes)
        let base = means.rows(order.prefix(1))
        traversals = latents.prefix(Size.traversals).map { latent in
            Self.traversal(latent, from: base, sample.classes, steps: Size.steps, heads, looks)
        }
        guard sample.reconstructions != nil else {
            (interpolations, priorSamples) = ([], [])
            (map, mapShares) = Self.map(means, moments, judged, seed)
            return
        }
        interpolations = (0..<min(Size.interpolations, count / 2)).map { pair in
            let ends = means.rows([order[2 * pair], order[2 * pair + 1]])
            let steps = (0..<Size.steps).flatMap { step in
                (0..<ends.columns).map { j in
                    let share = Float(step) / Float(Size.steps - 1)
                    return (1 - share) * ends.values[j] + share * ends.values[ends.columns + j]
                }
            }
            return looks.all(heads(Matrix(columns: ends.columns, steps)).decoded)
        }
        let drawn = Self.prior(sample, rows: Size.samples, &draws)
        priorSamples = looks.all(heads(drawn).decoded)
        (map, mapShares) = Self.map(means, moments, judged, seed)
    }

    /// z of the prior, `[rows, Z]`.
    private static func prior(_ sample: LatentSample, rows: Int, _ draws: inout Draws) -> Matrix {
        let z = sample.means.columns
        var values = [Float](repeating: 0, count: rows * z)
        if let classes = sample.classes {
            for first in stride(from: 0, to: values.count, by: classes) {
                values[first + min(classes - 1, Int(draws.uniform() * Double(classes)))] = 1
            }
        } else {
            for place in values.indices {
                let deviation = exp(0.5 * Double(sample.prior.logVariance[place % z]))
                values[place] = sample.prior.mean[place % z] + Float(deviation * draws.gaussian())
            }
        }
        return Matrix(columns: z, values)
    }

    /// Latents, or variables, the most telling first: by information where there is any, else by how far they move.
    private static func latents(
        _ moments: Moments, _ posterior: PosteriorQuality?, _ flips: [Double], _ classes: Int?
    ) -> [Latent] {
        let all = flips.indices.map { index in
            let place = index * (classes ?? 1)
            return Latent(
                index: index, divergence: posterior?.divergences[index], information: posterior?.informations[index],
                misfit: posterior?.misfits[index], mean: Float(moments.mean[place]),
                deviation: Float(moments.variance[place].squareRoot()), flips: flips[index])
        }
        return all.sorted { ($0.information ?? Double($0.deviation), $1.index) > ($1.information ?? Double($1.deviation), $0.index) }
    }

    /// A latent with another value in some rows.
    /// - Parameter value: of categorical variables the class.
    private static func changed(_ means: Matrix, _ latent: Int, _ classes: Int?, _ value: (Int) -> Float) -> Matrix {
        var values = means.values
        for row in 0..<means.rows {
            let first = row * means.columns
            guard let classes else {
                values[first + latent] = value(row)
                continue
            }
            for place in 0..<classes { values[first + latent * classes + place] = place == Int(value(row)) ? 1 : 0 }
        }
        return Matrix(columns: means.columns, values)
    }

    /// By latent, or variable: see `Latent.flips`.
    private static func flips(of means: Matrix, _ moments: Moments, _ classes: Int?, _ heads: HeadsPlan) -> [Double] {
        let before = heads(means)
        func distance(_ changed: Matrix) -> Double {
            let after = heads(changed)
            let rows = (0..<means.rows).map { row -> Double in
                guard heads.kind == .means else { return after.action(row) == before.action(row) ? 0 : 1 }
                let moves = zip(after.policy(row), before.policy(row)).map { Double(abs($0 - $1)) }
                return moves.reduce(0, +) / Double(moves.count)
            }
            return rows.reduce(0, +) / Double(rows.count)
        }
        guard let classes else {
            return (0..<means.columns).map { j in
                let step = Float(2 * moments.variance[j].squareRoot())
                return [step, -step].map { step in distance(changed(means, j, nil) { Float(means[$0, j]) + step }) }.reduce(0, +) / 2
            }
        }
        return (0..<means.columns / classes).map { variable in
            let likeliest = (0..<means.rows).map { row in
                (0..<classes).max { means[row, variable * classes + $0] < means[row, variable * classes + $1] } ?? 0
            }
            return distance(changed(means, variable, classes) { Float((likeliest[$0] + 1) % classes) })
        }
    }

    private static func traversal(
        _ latent: Latent, from base: Matrix, _ classes: Int?, steps: Int, _ heads: HeadsPlan, _ looks: Looks
    ) -> Traversal {
        let middle = steps / 2
        let values: [Float]
        if let classes {
            values = (0..<min(classes, steps)).map { Float($0) }
        } else {
            values = (0..<steps).map { (step: Int) -> Float in
                latent.mean + 2.5 * latent.deviation * (Float(step - middle) / Float(middle))
            }
        }
        let rows = base.rows(values.map { _ in 0 })
        let made = heads(changed(rows, latent.index, classes) { values[$0] })
        return Traversal(
            latent: latent.index, values: values, decoded: made.decoded.map { looks.all($0) },
            policy: values.indices.map { row in made.policy(row).map(\.rounded3) })
    }

    private static func map(
        _ means: Matrix, _ moments: Moments, _ judged: HeadsPlan.Output, _ seed: UInt64
    ) -> (points: [Point], shares: [Double]) {
        let plane = PrincipalPlane(means, moments, seed: seed)
        let points = (0..<means.rows).map { row in
            Point(
                x: plane.coordinates[2 * row].rounded3, y: plane.coordinates[2 * row + 1].rounded3, value: judged.value(row).rounded3,
                action: judged.kind == .means ? nil : judged.action(row))
        }
        return (points, plane.shares)
    }
}
