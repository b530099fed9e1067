import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingTraining

/// Windows cleared by what a decoder makes of z, J' = clip((I − A')/max(t', 0.1) + A'), beside those without haze, and what an error counts
/// in each: 1.1 − t̄, t̄ the mean of its transmission. For who finds haze ends there, and what is seen is mostly clear.
struct Clearing {
    /// J and J' in 0…1, `[rows, C·H·H]`.
    let clear: Node
    let cleared: Node
    private let transmission: ElboTerms.Part
    /// Of every row, and the mean over the steps that count.
    private let haze: Node
    private let meanHaze: Node

    /// Names of the observation's parts.
    enum Part {
        /// I, encoded: `[C, H, H]` in 0…1.
        static let window = "window"
        /// J, likewise, not encoded.
        static let clear = "clear"
        /// t, `[1, G, G]`, and A, `[C]`, decoded.
        static let transmission = "transmission"
        static let airlight = "airlight"
    }

    /// - Parameter told: what the decoder makes of a latent of the pass's rows.
    init(_ g: inout Graph, _ pass: ModelPass, _ told: ElboTerms?) {
        func part(_ name: String) -> ElboTerms.Part? { told?.parts.first { $0.branch.name == name } }
        guard let transmission = part(Part.transmission), let airlight = part(Part.airlight) else {
            preconditionFailure("a model without what haze is described by")
        }
        let (window, clear) = (Self.window(&g, pass, Part.window), Self.window(&g, pass, Part.clear))
        let grid = transmission.branch.observation.shape[1]
        let pixels = window.shape.width / airlight.branch.scalars.count
        let side = Int(Double(pixels).squareRoot().rounded())
        let fine = g.enlarged(g.reshape(transmission.decoded, [grid * grid]), side: grid, by: side / grid)
        (self.clear, self.transmission) = (clear, transmission)
        cleared = g.dehazed(window, transmission: fine, airlight: airlight.decoded)
        haze = g.offset(g.negate(Self.mean(&g, transmission.observation)), 1.1)
        meanHaze = pass.mean(&g, haze)
    }

    /// A number of every row, `[rows]`, as a mean by how much haze there is.
    func mean(_ g: inout Graph, _ pass: ModelPass, _ row: Node) -> Node {
        g.divide(pass.mean(&g, g.multiply(row, haze)), meanHaze)
    }

    /// |J' − J|.
    func windowError(_ g: inout Graph, _ pass: ModelPass) -> Node { distance(&g, pass, cleared, clear) }

    /// |t' − t|.
    func transmissionError(_ g: inout Graph, _ pass: ModelPass) -> Node {
        distance(&g, pass, transmission.decoded, transmission.observation)
    }

    private func distance(_ g: inout Graph, _ pass: ModelPass, _ a: Node, _ b: Node) -> Node {
        let error = g.subtract(a, b)
        return mean(&g, pass, Self.mean(&g, g.maximum(error, g.negate(error))))
    }

    /// Of every row's numbers.
    private static func mean(_ g: inout Graph, _ x: Node) -> Node { g.scale(g.sum(x, over: .features), 1 / Float(x.shape.width)) }

    /// A part that is a window, its pixels side by side.
    static func window(_ g: inout Graph, _ pass: ModelPass, _ name: String) -> Node {
        let window = pass.policy.part(&g, pass.observation, named: name)
        return g.reshape(window, [window.shape.width])
    }

    /// `[C, H, H]`.
    static func windowShape(_ policy: LatentPolicy) -> [Int] {
        guard let part = policy.environment.observation.parts.first(where: { $0.name == Part.window }) else {
            preconditionFailure("observations without a window")
        }
        return part.shape
    }
}
