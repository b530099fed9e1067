public import StarlingCompute
public import StarlingExperience
import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// How far the window that z clears of haze is from the one without: `c_J·|J' − J| + c_t·|t' − t|`, each a mean over pixels and over the
/// steps that count, by how much haze there is: the weight of a step is 1.1 − t̄, t̄ the mean of its transmission. For who finds haze ends
/// there, and what is seen is mostly clear. The decoder gives transmission t' and airlight A', so z need not carry the picture: J' is the window that is seen,
/// with A' and t' taken out of it (``Graph/dehazed(_:transmission:airlight:)``).
///
/// Put it behind ``Autoencoder``, whose decoder it reads.
public struct Dehazing: Objective {
    private let windowCost: Float
    private let transmissionCost: Float

    /// Names of the observation's parts.
    private enum Part {
        /// I, encoded: `[C, H, H]` in 0…1.
        static let window = "window"
        /// J, likewise, not encoded.
        static let clear = "clear"
        /// t, `[1, G, G]`, and A, `[C]`, decoded.
        static let transmission = "transmission"
        static let airlight = "airlight"
    }

    /// - Parameters:
    ///   - windowCost: weight of |J' − J|.
    ///   - transmissionCost: weight of |t' − t|.
    public init(windowCost: Float, transmissionCost: Float) {
        (self.windowCost, self.transmissionCost) = (windowCost, transmissionCost)
    }

    public var metrics: [Metric] { [.dehazingError, .transmissionError] }
    public var trainsRepresentation: Bool { true }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        guard let terms = pass.elbo(&g), let transmission = terms.part(Part.transmission), let airlight = terms.part(Part.airlight) else {
            preconditionFailure("a model without what haze is described by")
        }
        let window = pass.policy.part(&g, pass.observation, named: Part.window)
        let clear = pass.policy.part(&g, pass.observation, named: Part.clear)
        let side = transmission.branch.observation.shape[1]
        let pixels = window.shape.width / airlight.branch.scalars.count
        let (seen, target) = (g.reshape(window, [window.shape.width]), g.reshape(clear, [clear.shape.width]))
        let fine = g.enlarged(g.reshape(transmission.decoded, [side * side]), side: side, by: Self.side(pixels) / side)
        let cleared = g.dehazed(seen, transmission: fine, airlight: airlight.decoded)
        let haze = g.offset(g.negate(mean(&g, transmission.observation)), 1.1)
        let all = pass.mean(&g, haze)

        /// Mean of |a − b|.
        func distance(_ g: inout Graph, _ a: Node, _ b: Node) -> Node {
            let error = g.subtract(a, b)
            let row = mean(&g, g.maximum(error, g.negate(error)))
            return g.divide(pass.mean(&g, g.multiply(row, haze)), all)
        }

        return [
            Term(.dehazingError, distance(&g, cleared, target), weight: windowCost),
            Term(.transmissionError, distance(&g, transmission.decoded, transmission.observation), weight: transmissionCost),
        ]
    }

    /// Of every row.
    private func mean(_ g: inout Graph, _ x: Node) -> Node { g.scale(g.sum(x, over: .features), 1 / Float(x.shape.width)) }

    private static func side(_ pixels: Int) -> Int { Int(Double(pixels).squareRoot().rounded()) }

    /// Why a model has not what haze is described by, as a sentence without its end; nil when it has.
    public static func fault(_ model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        func shape(_ name: String) -> [Int] { environment.observation.parts.first { $0.name == name }?.shape ?? [] }
        func branch(_ name: String) -> ModelSpec.Branch? { model.branches.first { $0.name == name } }
        let (window, transmission) = (shape(Part.window), shape(Part.transmission))
        guard window.count == 3, window[1] == window[2], shape(Part.clear) == window, shape(Part.airlight) == [window[0]],
            transmission.count == 3, transmission[0] == 1, transmission[1] == transmission[2], window[1] % transmission[1] == 0
        else {
            return """
                dehaze needs observations with the parts window and clear [C, H, H], transmission [1, G, G] and airlight [C], as \
                HazyScene has them, and those of \(environment.name) are \(environment.observation)
                """
        }
        guard model.representation.hasDecoder else { return "dehaze decodes haze: set latent.representation to vae, rae or vae_predict" }
        guard model.frameStack == 1 else { return "dehaze clears one window: set model.frame_stack to 1" }
        for name in [Part.transmission, Part.airlight] {
            guard let branch = branch(name), branch.encoder == nil, branch.decoder != nil,
                case .normal(_, .sigmoid) = branch.likelihood
            else { return "dehaze decodes \(name) within 0…1: set model.encoders.\(name) to {role: target, likelihood: sigmoid_normal}" }
        }
        for name in [Part.window, Part.clear] {
            guard let branch = branch(name), branch.scale == 255, !branch.isNormalized else {
                return "dehaze reads \(name) within 0…1: leave model.encoders.\(name).scale out"
            }
        }
        guard branch(Part.clear)?.encoder == nil else {
            return "clear is what haze hides: set model.encoders.clear.role to aside, or to target"
        }
        return nil
    }
}

extension ElboTerms {
    fileprivate func part(_ name: String) -> Part? { parts.first { $0.branch.name == name } }
}

extension Metric {
    public static let dehazingError = Metric(
        "dehazing_error", "1", "Mean |J' − J| of windows of 0…1 that were cleared of haze, by how much there was.",
        cell: Cell("|J'−J|", plain: "|J'-J|"))
    public static let transmissionError = Metric("transmission_error", "1", "Mean |t' − t| of the transmission that z tells, likewise.")
}
