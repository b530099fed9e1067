/// Layers of a model that run one after the other, under one name: `policy`, or a part of a module, as `encoder.mean`.
///
/// A module is all that has the same first component in its name, so parameters tell their module: `encoder.mean.weight`
/// belongs to `encoder`. Layers without a name of their own are numbered: `encoder.0`, `encoder.1`, ….
public struct ModelPart: Sendable {
    /// Whether actors are sent the parameters.
    public enum Publication: Hashable, Sendable {
        case always
        /// Where the policy acts on a sampled latent.
        case withNoise
        case never
    }

    /// What the names of its parameters begin with.
    public let name: String
    /// Whether actors are sent its parameters.
    public let publication: Publication
    /// Dimensions of what goes in, without rows.
    public let input: [Int]
    /// From input to output.
    public internal(set) var layers: [Layer] = []
    /// Of every hidden layer.
    let activation: ModelSpec.Activation
    /// Layers that have a number for a name.
    private var numbered = 0

    init(_ name: String, from input: [Int], _ activation: ModelSpec.Activation, _ publication: Publication) {
        (self.name, self.input, self.activation, self.publication) = (name, input, activation, publication)
    }

    /// Dimensions of what comes out, without rows.
    public var output: [Int] { layers.last?.output ?? input }
    /// Numbers that come out.
    var width: Int { output.reduce(1, *) }
    /// The first word of its name: what `latent.frozen` and `--take` know it by.
    public var module: String { ParameterSpec.module(of: name) }
    /// In the order of the block.
    public var parameters: [ParameterSpec] { layers.flatMap(\.parameters) }

    /// Whether snapshots for actors of that mode carry it.
    public func isPublished(_ mode: ActingSpec.LatentMode) -> Bool {
        switch publication {
        case .always: true
        case .withNoise: mode == .noise
        case .never: false
        }
    }

    mutating func nextName() -> String {
        defer { numbered += 1 }
        return "\(name).\(numbered)"
    }

    mutating func append(_ kind: Layer.Kind, to output: [Int], _ parameters: [ParameterSpec] = []) {
        layers.append(Layer(kind, self.output, output, parameters))
    }

    mutating func activate() { append(.activation(activation), to: output) }

    /// Adds a change of dimensions, when they change.
    mutating func reshape(_ dims: [Int]) {
        if output != dims { append(.reshape, to: dims) }
    }
}
