/// What a step of a portable model does. The set is closed, and every writer says each of them in its own words.
package enum PortableOperation: Sendable {
    /// Numbers that never change, of no row.
    case constant([Float])
    /// x·Wᵀ + b: `[R, in], [out, in], [out]`; b may be left out.
    case linear
    /// x·W: `[R, in], [in, out]`.
    case product
    /// As PyTorch's `conv2d`: `[R, C, H, W], [O, C, kh, kw], [O]`; the last may be left out.
    case convolution(stride: Int, padding: Int)
    /// As PyTorch's `conv_transpose2d`: `[R, C, H, W], [C, O, kh, kw], [O]`; the last may be left out.
    case transposeConvolution(stride: Int, padding: Int, outputPadding: [Int])
    case maxPool(kernel: Int, stride: Int, padding: Int)
    case function(Function)
    /// Number by number; what has no rows is the same for every row.
    case arithmetic(Arithmetic)
    case scale(Float)
    case offset(Float)
    case clamp(ClosedRange<Float>)
    /// Neighbouring features.
    case slice(Range<Int>)
    case concatenation
    /// The same numbers under the output's dimensions.
    case reshape
    /// Σ over the features of a row.
    case sum
    /// Over each so many neighbouring features.
    case logSoftmax(classes: Int)
    /// Rows of a table by their numbers: ids `[R, N]`, table `[V, E]` → `[R, N·E]`.
    case lookup
    case toFloat
    /// Every number so many times in a row.
    case repeatEach(Int)
    /// One number of a row for all of the output's.
    case spread
    /// Which feature is largest, the first of equals.
    case largest
    /// Numbers of rows side by side: `[R]…` → `[R, P]`.
    case stack

    /// Of one number.
    package enum Function: String, Sendable, CaseIterable { case relu, tanh, sigmoid, softplus, exp, log, erf, square }
    /// Of two.
    package enum Arithmetic: String, Sendable, CaseIterable { case add, subtract, multiply, divide, minimum, maximum }

    /// As `starling_policy.py` knows it.
    var name: String {
        switch self {
        case .constant: "constant"
        case .linear: "linear"
        case .product: "product"
        case .convolution: "convolution"
        case .transposeConvolution: "transpose_convolution"
        case .maxPool: "max_pool"
        case .function(let function): function.rawValue
        case .arithmetic(let arithmetic): arithmetic.rawValue
        case .scale: "scale"
        case .offset: "offset"
        case .clamp: "clamp"
        case .slice: "slice"
        case .concatenation: "concatenation"
        case .reshape: "reshape"
        case .sum: "sum"
        case .logSoftmax: "log_softmax"
        case .lookup: "lookup"
        case .toFloat: "to_float"
        case .repeatEach: "repeat_each"
        case .spread: "spread"
        case .largest: "largest"
        case .stack: "stack"
        }
    }

    /// Whether it takes number by number what it is given, so that something without rows may stand for all of them.
    var isElementwise: Bool {
        switch self {
        case .function, .arithmetic, .scale, .offset, .clamp: true
        default: false
        }
    }
}
