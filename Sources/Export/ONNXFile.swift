package import StarlingSafetensors

/// A portable model as an ONNX file: operator set 17, IR version 8, which every runtime since 2022 reads. Field numbers are those of
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
package struct ONNXFile {
    private static let (irVersion, operatorSet) = (8, 17)
    /// Messages of Protobuf end here.
    private static let byteLimit = 1 << 31

    /// Element types of tensors.
    private enum Element: Int { case float32 = 1, uint8 = 2, int64 = 7 }

    private let model: PortableModel
    private var graph = ProtobufBytes()
    private var nodeCount = 0
    private var constants = 0
    private var names: [String: String]

    /// The file's bytes.
    /// - Parameters:
    ///   - parameters: by name; each that the model uses, of its shape.
    ///   - about: what readers of the file are told.
    package static func bytes(
        _ model: PortableModel, name: String, parameters: [NamedArray], about: [String: String]
    ) throws(ExportError) -> [UInt8] {
        let size = parameters.reduce(0) { $0 + $1.bytes.count }
        guard size < byteLimit - 1 << 20 else { throw ExportError("an ONNX file holds less than 2 GiB, and these are \(size) bytes") }
        var file = ONNXFile(model)
        try file.write(name, parameters)
        var whole = ProtobufBytes()
        whole.integer(1, irVersion)
        whole.message(8) {
            $0.text(1, "")
            $0.integer(2, operatorSet)
        }
        whole.text(2, "starling")
        whole.bytes(7, file.graph.bytes)
        for (key, value) in about.sorted(by: { $0.key < $1.key }) {
            whole.message(14) {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
        return whole.bytes
    }

    private init(_ model: PortableModel) {
        self.model = model
        // A step that makes an output carries its name.
        names = [:]
        for output in model.outputs where names[output.value.name] == nil { names[output.value.name] = output.name }
        for value in model.inputs + model.parameters { names[value.name] = value.name }
    }

    private mutating func write(_ name: String, _ parameters: [NamedArray]) throws(ExportError) {
        for step in model.steps { write(step) }
        for output in model.outputs where names[output.value.name] != output.name {
            node("Identity", [called(output.value)], output.name)
        }
        graph.text(2, name)
        for value in model.parameters {
            tensor(value.name, .float32, value.dims, try PortableModel.values(of: value, in: parameters).bytes)
        }
        for input in model.inputs { graph.bytes(11, Self.description(of: input, input.name)) }
        for output in model.outputs { graph.bytes(12, Self.description(of: output.value, output.name)) }
    }

    private func called(_ value: PortableModel.Value) -> String { names[value.name] ?? value.name }

    private static func description(of value: PortableModel.Value, _ name: String) -> [UInt8] {
        var info = ProtobufBytes()
        info.text(1, name)
        info.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, element(value.scalar).rawValue)
                tensor.message(2) { shape in
                    if value.hasRows { shape.message(1) { $0.text(2, "rows") } }
                    for extent in value.dims { shape.message(1) { $0.integer(1, extent) } }
                }
            }
        }
        return info.bytes
    }

    private static func element(_ scalar: PortableModel.Scalar) -> Element {
        switch scalar {
        case .float32: .float32
        case .uint8: .uint8
        case .int64: .int64
        }
    }

    private mutating func tensor(_ name: String, _ element: Element, _ dims: [Int], _ raw: [UInt8]) {
        graph.message(5) { tensor in
            for extent in dims { tensor.integer(1, extent) }
            tensor.integer(2, element.rawValue)
            tensor.text(8, name)
            tensor.bytes(9, raw)
        }
    }

    private mutating func constant(_ values: [Float], dims: [Int] = []) -> String {
        constants += 1
        let name = "constant.\(constants)"
        tensor(name, .float32, dims, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
        return name
    }

    private mutating func constant(_ values: [Int]) -> String {
        constants += 1
        let name = "constant.\(constants)"
        tensor(name, .int64, [values.count], values.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
        return name
    }

    private enum Attribute {
        case integer(String, Int)
        case integers(String, [Int])
    }

    private mutating func node(_ kind: String, _ inputs: [String], _ output: String, _ attributes: Attribute...) {
        nodeCount += 1
        let label = "\(nodeCount).\(kind)"
        graph.message(1) { node in
            for input in inputs { node.text(1, input) }
            node.text(2, output)
            node.text(3, label)
            node.text(4, kind)
            for attribute in attributes {
                node.message(5) {
                    switch attribute {
                    case .integer(let name, let value):
                        $0.text(1, name)
                        $0.integer(3, value)
                        $0.integer(20, 2)
                    case .integers(let name, let values):
                        $0.text(1, name)
                        for value in values { $0.integer(8, value) }
                        $0.integer(20, 7)
                    }
                }
            }
        }
    }

    /// `[R, dims…]`, where 0 stands for as many as there are.
    private mutating func shape(_ value: PortableModel.Value) -> String { constant((value.hasRows ? [0] : []) + value.dims) }

    private mutating func write(_ step: PortableModel.Step) {
        let (x, out) = (step.inputs.map(called), called(step.output))
        let dims = step.output.dims
        switch step.operation {
        case .constant(let values):
            tensor(out, .float32, dims, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
        case .linear: node("Gemm", x, out, .integer("transB", 1))
        case .product: node("MatMul", x, out)
        case .convolution(let stride, let padding):
            node("Conv", x, out, .integers("strides", [stride, stride]), .integers("pads", Array(repeating: padding, count: 4)))
        case .transposeConvolution(let stride, let padding, let outputPadding):
            node(
                "ConvTranspose", x, out, .integers("strides", [stride, stride]), .integers("pads", Array(repeating: padding, count: 4)),
                .integers("output_padding", outputPadding))
        case .maxPool(let kernel, let stride, let padding):
            node(
                "MaxPool", x, out, .integers("kernel_shape", [kernel, kernel]), .integers("strides", [stride, stride]),
                .integers("pads", Array(repeating: padding, count: 4)))
        case .function(let function):
            switch function {
            case .relu: node("Relu", x, out)
            case .tanh: node("Tanh", x, out)
            case .sigmoid: node("Sigmoid", x, out)
            case .softplus: node("Softplus", x, out)
            case .exp: node("Exp", x, out)
            case .log: node("Log", x, out)
            case .erf: node("Erf", x, out)
            case .square: node("Mul", [x[0], x[0]], out)
            }
        case .arithmetic(let arithmetic):
            switch arithmetic {
            case .add: node("Add", x, out)
            case .subtract: node("Sub", x, out)
            case .multiply: node("Mul", x, out)
            case .divide: node("Div", x, out)
            case .minimum: node("Min", x, out)
            case .maximum: node("Max", x, out)
            }
        case .scale(let factor): node("Mul", [x[0], constant([factor])], out)
        case .offset(let number): node("Add", [x[0], constant([number])], out)
        case .clamp(let range): node("Clip", [x[0], constant([range.lowerBound]), constant([range.upperBound])], out)
        case .slice(let features):
            node("Slice", [x[0], constant([features.lowerBound]), constant([features.upperBound]), constant([-1])], out)
        case .concatenation: node("Concat", x, out, .integer("axis", -1))
        case .reshape: node("Reshape", [x[0], shape(step.output)], out)
        case .sum:
            let axes = step.inputs[0].dims.indices.map { $0 + (step.inputs[0].hasRows ? 1 : 0) }
            node("ReduceSum", [x[0], constant(axes)], out, .integer("keepdims", 0))
        case .logSoftmax(let classes):
            guard classes != step.output.width else { return node("LogSoftmax", x, out, .integer("axis", -1)) }
            let grouped = constant((step.output.hasRows ? [0] : []) + [step.output.width / classes, classes])
            node("Reshape", [x[0], grouped], out + ".groups")
            node("LogSoftmax", [out + ".groups"], out + ".soft", .integer("axis", -1))
            node("Reshape", [out + ".soft", shape(step.output)], out)
        case .lookup:
            node("Cast", [x[0]], out + ".ids", .integer("to", Element.int64.rawValue))
            node("Gather", [x[1], out + ".ids"], out + ".rows", .integer("axis", 0))
            node("Reshape", [out + ".rows", shape(step.output)], out)
        case .toFloat: node("Cast", x, out, .integer("to", Element.float32.rawValue))
        case .repeatEach(let count):
            let rows = step.output.hasRows ? [0] : []
            let width = step.inputs[0].width
            node("Reshape", [x[0], constant(rows + [width, 1])], out + ".each")
            node("Expand", [out + ".each", constant(rows.map { _ in 1 } + [width, count])], out + ".spread")
            node("Reshape", [out + ".spread", shape(step.output)], out)
        case .spread:
            node("Reshape", [x[0], constant([0] + dims.map { _ in 1 })], out + ".one")
            node("Expand", [out + ".one", constant([1] + dims)], out)
        case .largest: node("ArgMax", x, out, .integer("axis", -1), .integer("keepdims", 0))
        case .stack:
            for name in x { node("Unsqueeze", [name, constant([1])], name + ".column.\(out)") }
            node("Concat", x.map { $0 + ".column.\(out)" }, out, .integer("axis", -1))
        }
    }
}
