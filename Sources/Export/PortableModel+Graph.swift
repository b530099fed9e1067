import CStarlingKernels
package import StarlingCompute

extension PortableModel {
    /// What a graph's nodes become on the way out.
    package struct Doors {
        /// What stands for an input of the graph.
        package enum Door {
            case input(Value)
            /// It is 0 everywhere.
            case zero
            /// Parts that lie in frames of bytes, by where they begin.
            case parts([Int: Value])
        }

        package var inputs: [Node: Door] = [:]
        package var outputs: [(name: String, node: Node)] = []
        /// Of a choice: outputs that name the largest of neighbouring features of a node.
        package var choices: [(name: String, node: Node, parts: [Int])] = []

        package init() {}
    }

    /// - Throws: what has no form outside.
    package init(_ graph: Graph, _ doors: Doors) throws(ExportError) {
        var walk = Walk(doors)
        for listed in graph.listing(of: doors.outputs.map(\.node) + doors.choices.map(\.node)) { try walk.take(listed) }
        var outputs: [Output] = []
        for choice in doors.choices {
            outputs.append(Output(name: choice.name, value: walk.choose(try walk.value(choice.node), choice.parts)))
        }
        for output in doors.outputs { outputs.append(Output(name: output.name, value: try walk.value(output.node))) }
        (inputs, parameters, steps, self.outputs) = (walk.inputs, walk.parameters, walk.steps, outputs)
    }
}

/// From a graph's nodes to steps.
private struct Walk {
    typealias Value = PortableModel.Value

    private let doors: PortableModel.Doors
    private var values: [Node: Value] = [:]
    private var zeros: Set<Node> = []
    private(set) var inputs: [Value] = []
    private(set) var parameters: [Value] = []
    private(set) var steps: [PortableModel.Step] = []

    init(_ doors: PortableModel.Doors) { self.doors = doors }

    func value(_ node: Node) throws(ExportError) -> Value {
        guard let value = values[node] else { throw ExportError("a value \(node.shape) has no form outside Starling") }
        return value
    }

    mutating func take(_ listed: ListedNode) throws(ExportError) {
        let node = listed.node
        switch listed.origin {
        case .parameter(let name):
            let value = Value(name: name, dims: node.shape.dims, hasRows: false)
            parameters.append(value)
            values[node] = value
        case .input(let name, _):
            switch doors.inputs[node] {
            case .input(let value):
                inputs.append(value)
                values[node] = value
            case .zero: zeros.insert(node)
            case .parts(let parts): inputs += parts.sorted { $0.key < $1.key }.map(\.value)
            case nil: throw ExportError("the input \(name) has no form outside Starling")
            }
        case .computed(let kernel): values[node] = try compute(kernel, listed)
        }
    }

    private mutating func add(
        _ operation: PortableOperation, _ inputs: [Value], dims: [Int], scalar: PortableModel.Scalar = .float32
    ) -> Value {
        let output = Value(name: "x\(steps.count + 1)", dims: dims, hasRows: inputs.contains(where: \.hasRows), scalar: scalar)
        steps.append(PortableModel.Step(operation: operation, inputs: inputs, output: output))
        return output
    }

    private mutating func compute(_ kernel: Kernel, _ listed: ListedNode) throws(ExportError) -> Value? {
        let dims = listed.node.shape.dims
        switch kernel {
        case .source: throw ExportError("a source without a name")
        case .constant(let value): return add(.constant([value]), [], dims: [])
        case .table(let values): return add(.constant(values), [], dims: dims)
        case .alias: return reshaped(try value(listed.inputs[0]), dims)
        case .product: return add(.linear, try rows(listed), dims: dims)
        case .productTransposed: return add(.product, try rows(listed), dims: dims)
        case .patchProduct(let grid):
            return add(.convolution(stride: grid.stride, padding: grid.padding), try rows(listed), dims: dims)
        case .patchProductTransposed(let grid):
            let rest = [(grid.height, grid.gridHeight, grid.kernelHeight), (grid.width, grid.gridWidth, grid.kernelWidth)].map {
                $0.0 - ($0.1 - 1) * grid.stride + 2 * grid.padding - $0.2
            }
            return add(
                .transposeConvolution(stride: grid.stride, padding: grid.padding, outputPadding: rest), try rows(listed), dims: dims)
        case .pool(let pool):
            guard pool.part == .largest else { throw ExportError("a derivative of pooling has no form outside Starling") }
            let grid = pool.grid
            return add(.maxPool(kernel: grid.kernelHeight, stride: grid.stride, padding: grid.padding), try rows(listed), dims: dims)
        case .scan(let scan): return try recur(scan, listed)
        case .map(let operation): return try map(operation, listed)
        case .outerProduct, .sumRows, .patchOuterProduct, .addNamedRows:
            throw ExportError("what sums over rows has no form outside Starling")
        }
    }

    /// The inputs, each of which must have the rows that the graph gives it.
    private func rows(_ listed: ListedNode) throws(ExportError) -> [Value] {
        var found: [Value] = []
        for node in listed.inputs {
            let value = try value(node)
            guard value.hasRows == (node.shape.rows != nil) else {
                throw ExportError("a value \(node.shape) that is the same for every row has no form outside Starling")
            }
            found.append(value)
        }
        return found
    }

    private mutating func reshaped(_ value: Value, _ dims: [Int]) -> Value {
        // A lone number is that number everywhere.
        value.dims == dims || (value.dims.isEmpty && !value.hasRows) ? value : add(.reshape, [value], dims: dims)
    }

    private mutating func map(_ map: MapOperation, _ listed: ListedNode) throws(ExportError) -> Value {
        let dims = listed.node.shape.dims
        func elementwise(_ operation: PortableOperation) throws(ExportError) -> Value {
            var found: [Value] = []
            for node in listed.inputs { found.append(try value(node)) }
            return add(operation, found, dims: dims)
        }
        func rowwise(_ operation: PortableOperation) throws(ExportError) -> Value { add(operation, try rows(listed), dims: dims) }
        switch map.code {
        case STARLING_MAP_COPY: return try value(listed.inputs[0])
        case STARLING_MAP_RELU: return try elementwise(.function(.relu))
        case STARLING_MAP_TANH: return try elementwise(.function(.tanh))
        case STARLING_MAP_SIGMOID: return try elementwise(.function(.sigmoid))
        case STARLING_MAP_SOFTPLUS: return try elementwise(.function(.softplus))
        case STARLING_MAP_EXP: return try elementwise(.function(.exp))
        case STARLING_MAP_LOG: return try elementwise(.function(.log))
        case STARLING_MAP_ERF: return try elementwise(.function(.erf))
        case STARLING_MAP_SQUARE: return try elementwise(.function(.square))
        case STARLING_MAP_SCALE: return try elementwise(.scale(map.p))
        case STARLING_MAP_OFFSET: return try elementwise(.offset(map.p))
        case STARLING_MAP_CLAMP: return try elementwise(.clamp(map.p...map.q))
        case STARLING_MAP_AT_LEAST: return try elementwise(.clamp(map.p...Float.greatestFiniteMagnitude))
        case STARLING_MAP_ADD: return try elementwise(.arithmetic(.add))
        case STARLING_MAP_SUBTRACT: return try elementwise(.arithmetic(.subtract))
        case STARLING_MAP_MULTIPLY, STARLING_MAP_MULTIPLY_SCALAR: return try elementwise(.arithmetic(.multiply))
        case STARLING_MAP_DIVIDE: return try elementwise(.arithmetic(.divide))
        case STARLING_MAP_MINIMUM: return try elementwise(.arithmetic(.minimum))
        case STARLING_MAP_MAXIMUM: return try elementwise(.arithmetic(.maximum))
        case STARLING_MAP_MULTIPLY_FEATURES:
            let factors = reshaped(try value(listed.inputs[1]), dims)
            return add(.arithmetic(.multiply), [try value(listed.inputs[0]), factors], dims: dims)
        case STARLING_MAP_BYTES: return scaled(add(.toFloat, try rows(listed), dims: dims), map.p)
        case STARLING_MAP_REPEAT_FEATURES: return listed.node.shape.rows == nil ? try value(listed.inputs[0]) : try rowwise(.spread)
        // Arithmetic takes it for every row.
        case STARLING_MAP_REPEAT_ROWS: return try value(listed.inputs[0])
        case STARLING_MAP_SUM_FEATURES: return try rowwise(.sum)
        case STARLING_MAP_SLICE: return slice(try value(listed.inputs[0]), Int(map.i)..<Int(map.i) + listed.node.shape.width)
        case STARLING_MAP_BESIDE: return try rowwise(.concatenation)
        case STARLING_MAP_PART_BYTES, STARLING_MAP_PART_FLOATS:
            guard case .parts(let parts) = doors.inputs[listed.inputs[0]], let part = parts[Int(map.i)] else {
                throw ExportError("bytes of an observation that belong to no part of it")
            }
            let flat = reshaped(part, dims)
            return scaled(part.scalar == .uint8 ? add(.toFloat, [flat], dims: dims) : flat, map.p)
        // Images in another order of memory are the same images.
        case STARLING_MAP_TRANSPOSE: return reshaped(try value(listed.inputs[0]), dims)
        case STARLING_MAP_REPEAT_EACH: return try rowwise(.repeatEach(Int(map.i)))
        case STARLING_MAP_LOG_SOFTMAX: return try rowwise(.logSoftmax(classes: Int(map.i)))
        case STARLING_MAP_LOOKUP: return try rowwise(.lookup)
        default: throw ExportError("the operation \(map.code.rawValue) of Starling's kernels has no form outside")
        }
    }

    private mutating func scaled(_ value: Value, _ factor: Float) -> Value {
        factor == 1 ? value : add(.scale(factor), [value], dims: value.dims)
    }

    private mutating func slice(_ value: Value, _ features: Range<Int>) -> Value {
        features == 0..<value.width ? value : add(.slice(features), [value], dims: [features.count])
    }

    /// One step of a recurrent layer; its equations are those of `Recurrence`.
    private mutating func recur(_ scan: Scan, _ listed: ListedNode) throws(ExportError) -> Value {
        guard scan.part == .forward, scan.steps == 1, zeros.contains(listed.inputs[2]) else {
            throw ExportError("a recurrent layer over several steps, or one that resets by itself, has no form outside Starling")
        }
        let (x, before) = (try value(listed.inputs[0]), try value(listed.inputs[1]))
        let (weight, bias) = (try value(listed.inputs[3]), try value(listed.inputs[4]))
        let h = scan.hidden
        let hidden = slice(before, 0..<h)
        let inner = add(.linear, [hidden, weight, bias], dims: bias.dims)
        func both(_ operation: PortableOperation.Arithmetic, _ a: Value, _ b: Value, _ walk: inout Walk) -> Value {
            walk.add(.arithmetic(operation), [a, b], dims: [h])
        }
        func gate(_ index: Int, _ function: PortableOperation.Function, _ walk: inout Walk) -> Value {
            let part = index * h..<(index + 1) * h
            let sum = both(.add, walk.slice(x, part), walk.slice(inner, part), &walk)
            return walk.add(.function(function), [sum], dims: [h])
        }
        switch scan.cell {
        case .gru:
            let (r, z) = (gate(0, .sigmoid, &self), gate(1, .sigmoid, &self))
            let last = 2 * h..<3 * h
            let held = both(.multiply, r, slice(inner, last), &self)
            let n = add(.function(.tanh), [both(.add, slice(x, last), held, &self)], dims: [h])
            return both(.add, n, both(.multiply, z, both(.subtract, hidden, n, &self), &self), &self)
        case .lstm:
            let (i, f) = (gate(0, .sigmoid, &self), gate(1, .sigmoid, &self))
            let (g, o) = (gate(2, .tanh, &self), gate(3, .sigmoid, &self))
            let kept = both(.multiply, f, slice(before, h..<2 * h), &self)
            let cell = both(.add, kept, both(.multiply, i, g, &self), &self)
            let output = both(.multiply, o, add(.function(.tanh), [cell], dims: [h]), &self)
            return add(.concatenation, [output, cell], dims: [2 * h])
        }
    }

    /// Which of each part is largest: `[R]`, of several parts `[R, P]`.
    mutating func choose(_ value: Value, _ parts: [Int]) -> Value {
        var (chosen, place): ([Value], Int) = ([], 0)
        for count in parts {
            chosen.append(add(.largest, [slice(value, place..<place + count)], dims: [], scalar: .int64))
            place += count
        }
        return parts.count == 1 ? chosen[0] : add(.stack, chosen, dims: [parts.count], scalar: .int64)
    }
}
