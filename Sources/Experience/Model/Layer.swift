/// One step of a forward pass as data: what it computes, from which dimensions to which (rows not among them), and with which
/// parameters, in their order in the block. The kinds are a closed set: who grows graphs knows how each is computed, and
/// nothing else of a model.
public struct Layer: Sendable {
    /// What a layer computes.
    public enum Kind: Sendable {
        /// Rows of a table that whole numbers name, `[N]` → `[N·E]`: weight `[V, E]`, as PyTorch's `Embedding`. A number without a row
        /// reads as the nearest.
        case embedding
        /// W·x + b: weight `[out, in]`, bias `[out]`, as PyTorch's `Linear`.
        case dense
        /// `[C, H, W]` → `[O, H', W']`: weight `[O, C, k, k]`, bias `[O]`, as PyTorch's `Conv2d`.
        case convolution(stride: Int, padding: Int)
        /// `[C, H, W]` → `[O, H', W']`: weight `[C, O, k, k]`, bias `[O]`, as PyTorch's `ConvTranspose2d`.
        case transposeConvolution(stride: Int, padding: Int, outputPadding: Int)
        case maxPool(kernel: Int, stride: Int, padding: Int)
        /// x + conv(a(conv(a(x)))): weight and bias of the first convolution and of the second, which keep the image's size.
        case residualBlock(ModelSpec.Activation, padding: Int)
        /// LayerNorm over the features (Ba et al. 2016), ε = 1e-5: weight `[D]`, bias `[D]`, as PyTorch's `LayerNorm`.
        case layerNorm
        /// clamp((x − mean)·scale, ±limit): mean `[D]`, scale `[D]`, the same for each frame of a stack. They are running
        /// statistics: no loss moves them.
        case normalization(limit: Float)
        /// Numbers that describe a distribution. They are running statistics: no loss moves them, and nothing runs through them.
        case statistics
        /// A recurrent layer of `H` units, its output: weights `[G·H, in]` and `[G·H, H]`, biases `[G·H]` and `[G·H]`, with G
        /// gates as PyTorch's `GRU` and `LSTM` order them. It takes the states between steps besides.
        case recurrent(Cell)
        case activation(ModelSpec.Activation)
        /// Other dimensions of the same numbers.
        case reshape
    }

    /// Which recurrent cell.
    public enum Cell: Hashable, Sendable {
        case gru, lstm

        var gates: Int { self == .gru ? 3 : 4 }
    }

    /// What it computes.
    public let kind: Kind
    /// Dimensions of a row that it takes.
    public let input: [Int]
    /// Dimensions of a row that it gives.
    public let output: [Int]
    /// In the order of the block; empty where it has none.
    public let parameters: [ParameterSpec]

    init(_ kind: Kind, _ input: [Int], _ output: [Int], _ parameters: [ParameterSpec] = []) {
        (self.kind, self.input, self.output, self.parameters) = (kind, input, output, parameters)
    }
}
