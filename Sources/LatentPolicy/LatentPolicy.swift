public import StarlingCompute
public import StarlingExperience

/// The latent policy of a `ModelSpec` for one environment: encoder q(z|o), decoder p(o|z), policy π(a|z), value
/// V(z); with a recurrent core π(a|z, h) and V(z, h).
///
/// It grows graphs from a `ModelArchitecture`; acting and training grow theirs from the same one, so a parameter has one
/// name and one place in the block, whoever uses it.
public struct LatentPolicy: Sendable {
    /// Its layers as they were asked for.
    public let model: ModelSpec
    /// What it sees and does.
    public let environment: EnvironmentSpec
    /// Its layers as they are.
    public let architecture: ModelArchitecture

    /// Bounds of log σ² that the encoder's head is clamped to: log σ in [−5, 2].
    public static let logVarianceBounds: ClosedRange<Float> = -10...4

    /// - Precondition: `model.validationError(environment)` is nil.
    public init(model: ModelSpec, environment: EnvironmentSpec) {
        self.model = model
        self.environment = environment
        do {
            architecture = try ModelArchitecture(model, environment)
        } catch {
            fatalError(error.description)
        }
    }

    /// What the encoder sees: the frames of the environment in a stack.
    public var stackedObservation: ObservationSpec { architecture.observation }

    /// Whether the latent is sampled anywhere.
    public var isStochastic: Bool { model.representation.isVariational }

    /// Names of the spec's modules. The parameters of a module are those whose names begin with its own:
    /// `ParameterSpec.module(of:)`.
    public var modules: [String] { architecture.modules }

    /// A head of an algorithm's own beside those of the spec, a module of its own: hidden layers of these widths with the
    /// model's activation, and behind them a linear layer called `name.output`.
    ///
    /// Its parameters are declared in a graph where it is first called. In a graph of `makeGraph` they so come behind all of
    /// the spec's, and what actors are sent stays where it was; actors know nothing of it.
    /// - Parameters:
    ///   - name: not that of a module of the spec, without a dot.
    ///   - input: numbers of a row that it sees; nil: what the policy sees, `Z + H`.
    ///   - gain: of the initial weights of the last layer.
    public func head(
        _ name: String, from input: Int? = nil, hidden widths: [Int], output: Int, gain: Float = 1
    ) -> ModelPart {
        checkName(ofHead: name)
        return .head(
            name, from: input ?? model.latentCount + model.core.width, hidden: widths, layerNorm: model.normalizesHeads,
            output: ("output", output), gain: gain, model.activation, .never)
    }

    /// The same on images `[C, H, W]`, with convolutions before the hidden layers.
    /// - Precondition: no kernel is larger than what it sees.
    public func head(
        _ name: String, onImages image: [Int], convolutions: [ModelSpec.Convolution], hidden widths: [Int] = [], output: Int,
        gain: Float = 1
    ) -> ModelPart {
        checkName(ofHead: name)
        do {
            return try .head(
                name, from: image, convolutions: convolutions, hidden: widths, output: ("output", output), gain: gain, model.activation,
                .never)
        } catch {
            fatalError(error.description)
        }
    }

    private func checkName(ofHead name: String) {
        guard !name.isEmpty, !name.contains("."), !modules.contains(name) else {
            fatalError("a head can't be called \"\(name)\": its name has no dot and is none of the model's modules \(modules)")
        }
    }

    /// An empty graph with the parameters that actors compute with, in the order that fixes the layout of their block.
    public func makeActingGraph(_ latentMode: ActingSpec.LatentMode) -> Graph {
        makeGraph(of: architecture.parts.filter { $0.isPublished(latentMode) })
    }

    /// An empty graph with every parameter of the model: the block of acting, then what only the learner needs.
    public func makeGraph() -> Graph { makeGraph(of: architecture.parts) }

    private func makeGraph(of parts: [ModelPart]) -> Graph {
        var g = Graph()
        for part in parts { part.declare(&g) }
        return g
    }

    /// Names, shapes and places of the parameters that actors compute with: the beginning of `layout`.
    public func actingLayout(_ latentMode: ActingSpec.LatentMode) -> ParameterLayout { makeActingGraph(latentMode).layout }

    /// Names, shapes and places of all parameters.
    public var layout: ParameterLayout { makeGraph().layout }
}
