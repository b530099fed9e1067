public import StarlingCompute
public import StarlingExperience
import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// How far the window that z clears of haze is from the one without: `c_J·|J' − J| + c_t·|t' − t|`, each a mean over pixels, and over the
/// steps by how much haze there is. The decoder gives transmission t' and airlight A', so z need not carry the picture: J' is the window that
/// is seen, with A' and t' taken out of it (``Graph/dehazed(_:transmission:airlight:)``).
///
/// Put it behind ``Autoencoder``, whose decoder it reads.
public struct Dehazing: Objective {
    private let windowCost: Float
    private let transmissionCost: Float

    private typealias Part = Clearing.Part

    /// - Parameters:
    ///   - windowCost: weight of |J' − J|.
    ///   - transmissionCost: weight of |t' − t|.
    public init(windowCost: Float, transmissionCost: Float) {
        (self.windowCost, self.transmissionCost) = (windowCost, transmissionCost)
    }

    public var metrics: [Metric] { [.dehazingError, .transmissionError] }
    public var trainsRepresentation: Bool { true }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let clearing = Clearing(&g, pass, pass.elbo(&g))
        return [
            Term(.dehazingError, clearing.windowError(&g, pass), weight: windowCost),
            Term(.transmissionError, clearing.transmissionError(&g, pass), weight: transmissionCost),
        ]
    }

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

extension Metric {
    public static let dehazingError = Metric(
        "dehazing_error", "1", "Mean |J' − J| of windows of 0…1 that were cleared of haze, by how much there was.",
        cell: Cell("|J'−J|", plain: "|J'-J|"))
    public static let transmissionError = Metric("transmission_error", "1", "Mean |t' − t| of the transmission that z tells, likewise.")
}
