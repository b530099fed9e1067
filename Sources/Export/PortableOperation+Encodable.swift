// Steps as JSON: `{"op": "slice", "in": ["x1"], "out": "x2", "dims": [4], "rows": true, "first": 0}`.

private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension PortableModel.Step: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(operation.name, forKey: Key("op"))
        try members.encode(inputs.map(\.name), forKey: Key("in"))
        try members.encode(output.name, forKey: Key("out"))
        try members.encode(output.dims, forKey: Key("dims"))
        try members.encode(output.hasRows, forKey: Key("rows"))
        switch operation {
        case .constant(let values): try members.encode(values, forKey: Key("values"))
        case .convolution(let stride, let padding):
            try members.encode(stride, forKey: Key("stride"))
            try members.encode(padding, forKey: Key("padding"))
        case .transposeConvolution(let stride, let padding, let outputPadding):
            try members.encode(stride, forKey: Key("stride"))
            try members.encode(padding, forKey: Key("padding"))
            try members.encode(outputPadding, forKey: Key("output_padding"))
        case .maxPool(let kernel, let stride, let padding):
            try members.encode(kernel, forKey: Key("kernel"))
            try members.encode(stride, forKey: Key("stride"))
            try members.encode(padding, forKey: Key("padding"))
        case .scale(let number), .offset(let number): try members.encode(number, forKey: Key("by"))
        case .clamp(let range):
            try members.encode(range.lowerBound, forKey: Key("low"))
            try members.encode(range.upperBound, forKey: Key("high"))
        case .slice(let features): try members.encode(features.lowerBound, forKey: Key("first"))
        case .logSoftmax(let classes): try members.encode(classes, forKey: Key("classes"))
        case .repeatEach(let count): try members.encode(count, forKey: Key("count"))
        case .linear, .product, .function, .arithmetic, .concatenation, .reshape, .sum, .lookup, .toFloat, .spread, .largest, .stack:
            break
        }
    }
}

extension PortableModel: Encodable {
    private enum CodingKeys: String, CodingKey { case inputs, parameters, steps, outputs }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(inputs, forKey: .inputs)
        try members.encode(parameters, forKey: .parameters)
        try members.encode(steps, forKey: .steps)
        try members.encode(Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, $0.value.name) }), forKey: .outputs)
    }
}
