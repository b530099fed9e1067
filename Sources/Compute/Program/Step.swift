private import CStarlingKernels

/// One unit of work for a device.
struct Step: Sendable {
    enum Kind: Sendable {
        /// These nodes, in this order, fused. Sums over rows may be among them.
        case map([Int32])
        /// Inputs x, w and optionally bias.
        case product(After)
        /// Inputs dy, w.
        case productTransposed(After)
        /// Inputs dy, x.
        case outerProduct
        /// Inputs image, w and optionally bias.
        case patchProduct(PatchGrid, After)
        /// Inputs x, w and optionally bias.
        case patchProductTransposed(PatchGrid, After)
        /// Inputs x, image.
        case patchOuterProduct(PatchGrid)
        /// Inputs as the pool's part says.
        case pool(Pool)
        /// Inputs dy, ids.
        case addNamedRows(isInteger: Bool)
        /// Inputs as the scan's part says.
        case scan(Scan)
        /// Copies the gradient of a parameter to its place, when the node lies elsewhere. Input: the node.
        case copyGradient(set: Int, slot: Int)
    }

    /// Where a product is, and what computes it.
    struct Product: Sendable {
        let site: ProductSite
        let kernel: KernelName
    }

    /// What a product does with its result while it is at hand.
    enum After: Sendable {
        case nothing, relu, tanh, sigmoid
        /// The derivative of an activation, times the result; the other value is the activation's output.
        case reluGradient(Int32)
        case tanhGradient(Int32)
        case sigmoidGradient(Int32)
    }

    var kind: Kind
    var inputs: [Int32]
    /// The node whose value the step leaves; for maps that of any node that others read.
    var output: Int32
    var stage: Stage
    /// Number of sums over all rows that must be complete before.
    var phase: Int
    /// nil: runs once, after the sums over rows of its phase.
    var rows: Rows?
    /// Of products, convolutions and the derivatives of one by its weight.
    var product: Product?
    /// Workers share the output's columns, its channels or the sequences of a scan instead of its rows, after the row work
    /// of its phase.
    var isShared = false
}

extension Step.After {
    /// The node it reads beside the product's result.
    var other: Int32? {
        switch self {
        case .nothing, .relu, .tanh, .sigmoid: nil
        case .reluGradient(let y), .tanhGradient(let y), .sigmoidGradient(let y): y
        }
    }

    /// The activation that a map's operation is, if a product can do it.
    init?(activation map: MapOperation) {
        switch map.code {
        case STARLING_MAP_RELU: self = .relu
        case STARLING_MAP_TANH: self = .tanh
        case STARLING_MAP_SIGMOID: self = .sigmoid
        default: return nil
        }
    }

    /// The activation's derivative that a map's operation is, if a product can do it.
    init?(gradient map: MapOperation, of output: Int32) {
        switch map.code {
        case STARLING_MAP_RELU_GRADIENT: self = .reluGradient(output)
        case STARLING_MAP_TANH_GRADIENT: self = .tanhGradient(output)
        case STARLING_MAP_SIGMOID_GRADIENT: self = .sigmoidGradient(output)
        default: return nil
        }
    }
}
