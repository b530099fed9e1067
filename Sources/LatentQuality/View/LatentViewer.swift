import Glibc
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

/// Makes views of a policy's latent with plans that are kept, of one set of parameters after the other as training goes on.
package struct LatentViewer {
    /// How much is looked at.
    package struct Extent: Sendable {
        /// Observations that a view is of, at most.
        package let observations: Int
        fileprivate let interpolations: Int
        /// Of the prior.
        fileprivate let samples: Int
        /// Rows that the flips are counted on.
        fileprivate let flipped: Int
        /// Numbers of all that is seen and decoded, about.
        fileprivate let numbers: Int
        /// Whether a classifier is trained to tell samples of the prior from what is seen.
        fileprivate let judgesPrior: Bool

        /// For a file that somebody opens.
        package static let whole = Extent(
            observations: 1024, interpolations: 4, samples: 16, flipped: 256, numbers: .max / 4, judgesPrior: true)
        /// A glance beside the training.
        package static let live = Extent(
            observations: 256, interpolations: 0, samples: 0, flipped: 64, numbers: 400_000, judgesPrior: false)
    }

    private let policy: LatentPolicy
    private let extent: Extent
    private let autoencoder: AutoencoderPlan
    private let heads: HeadsPlan
    /// For the few latents that are decoded.
    private let decoder: HeadsPlan
    private let parameters: ParameterBank
    private let compute: ComputeContext

    private static let (pairs, pairsOfFewNumbers, fewNumbers) = (16, 100, 32)
    private static let traversals = 8
    private static let steps = 9

    /// - Parameters:
    ///   - arePolicyValues: whether the policy head tells what actions are worth.
    ///   - showsValues: whether V is trained.
    package init(
        _ policy: LatentPolicy, _ extent: Extent, arePolicyValues: Bool = false, showsValues: Bool = true,
        _ compute: ComputeContext = .cpu()
    ) throws(ComputeError) {
        (self.policy, self.extent, self.compute) = (policy, extent, compute)
        autoencoder = try AutoencoderPlan(policy, rows: extent.observations, samplesPrior: extent.judgesPrior, compute)
        heads = try HeadsPlan(
            policy, rows: extent.flipped, arePolicyValues: arePolicyValues, showsValues: showsValues, decodes: false, compute)
        decoder = try HeadsPlan(policy, rows: Self.steps, arePolicyValues: arePolicyValues, showsValues: false, decodes: true, compute)
        parameters = ParameterBank(policy.layout)
    }

    /// Computes it: less than a second where observations have few numbers, some seconds for images.
    /// - Parameters:
    ///   - parameters: all of the model's, in the layout of `policy.layout`; what comes behind them doesn't matter.
    ///   - observations: `[M, F·D]` as the encoder's port takes them, stacks of frames; the first are taken, as many as a view is of.
    ///   - seed: of what is drawn.
    /// - Throws: `LatentSampleError`, without observations or when a number isn't finite; `ComputeError`.
    package func view(
        parameters all: UnsafeBufferPointer<Float>, observations: UnsafeRawBufferPointer, seed: UInt64 = 0
    ) throws -> LatentView {
        parameters.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: all.prefix($0.count)) }
        heads.adopt(all)
        decoder.adopt(all)
        let size = policy.stackedObservation.byteCount
        let some = UnsafeRawBufferPointer(rebasing: observations.prefix(min(observations.count, extent.observations * size)))
        let sample = try LatentSample(autoencoder, parameters: parameters, observations: some, seed: seed)
        let quality = try LatentQuality(sample, seed: seed, compute: compute)
        let looks = Looks(policy, sample)
        let (means, moments) = (sample.means, Moments(sample.means))
        var draws = Draws(seed: seed)
        let order = draws.permutation(means.rows)
        let width = policy.stackedObservation.count / policy.model.frameStack
        let pairs = width <= Self.fewNumbers ? Self.pairsOfFewNumbers : Self.pairs
        let shown = Array(order.prefix(min(pairs, max(2, extent.numbers / 2 / width))))
        let judged = heads(means)
        let flips = Self.flips(of: means.rows(0..<min(means.rows, extent.flipped)), moments, sample.classes, heads)
        let latents = Self.latents(moments, quality.posterior, flips, sample.classes)
        let base = means.rows(order.prefix(1))
        let gone = latents.prefix(min(Self.traversals, max(1, extent.numbers / 2 / (Self.steps * width))))
        let hasDecoder = sample.reconstructions != nil
        let ways = hasDecoder ? self.ways(means, order) : []
        let drawn = hasDecoder && extent.samples > 0 ? Self.prior(sample, rows: extent.samples, &draws) : nil
        let (map, shares) = Self.map(means, moments, judged, seed)
        return LatentView(
            parts: looks.names, count: means.rows,
            pairs: shown.map { row in
                LatentView.Pair(seen: looks(sample.observations, row), decoded: sample.reconstructions.map { looks($0, row) })
            }, latents: latents,
            traversals: gone.map { Self.traversal($0, from: base, sample.classes, steps: Self.steps, decoder, looks) },
            interpolations: ways.map { looks.all(decoder($0).decoded) },
            priorSamples: drawn.map { looks.all(decoder($0).decoded) } ?? [],
            map: map, mapShares: shares, policyKind: heads.kind, sentence: quality.sentence, warnings: quality.warnings.map(\.message))
    }

    /// Ways from one latent to another's, `[steps, Z]` each.
    private func ways(_ means: Matrix, _ order: [Int]) -> [Matrix] {
        (0..<min(extent.interpolations, means.rows / 2)).map { pair in
            let ends = means.rows([order[2 * pair], order[2 * pair + 1]])
            let steps = (0..<Self.steps).flatMap { step in
                (0..<ends.columns).map { j in
                    let share = Float(step) / Float(Self.steps - 1)
                    return (1 - share) * ends.values[j] + share * ends.values[ends.columns + j]
                }
            }
            return Matrix(columns: ends.columns, steps)
        }
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
    ) -> [LatentView.Latent] {
        let all = flips.indices.map { index in
            let place = index * (classes ?? 1)
            return LatentView.Latent(
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
        _ latent: LatentView.Latent, from base: Matrix, _ classes: Int?, steps: Int, _ heads: HeadsPlan, _ looks: Looks
    ) -> LatentView.Traversal {
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
        return LatentView.Traversal(
            latent: latent.index, values: values, decoded: made.decoded.map { looks.all($0) },
            policy: values.indices.map { row in made.policy(row).map(\.rounded3) })
    }

    private static func map(
        _ means: Matrix, _ moments: Moments, _ judged: HeadsPlan.Output, _ seed: UInt64
    ) -> (points: [LatentView.Point], shares: [Double]) {
        let plane = PrincipalPlane(means, moments, seed: seed)
        let points = (0..<means.rows).map { row in
            LatentView.Point(
                x: plane.coordinates[2 * row].rounded3, y: plane.coordinates[2 * row + 1].rounded3, value: judged.value(row)?.rounded3,
                action: judged.kind == .means ? nil : judged.action(row))
        }
        return (points, plane.shares)
    }
}
