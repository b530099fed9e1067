/// A portable policy as one file of Python: a PyTorch module that reads its numbers from the safetensors file beside it and needs nothing
/// else.
package enum TorchFile {
    /// - Parameters:
    ///   - weights: name of the safetensors file.
    ///   - withAutoencoder: whether it encodes and decodes too.
    package static func text(_ policy: PortablePolicy, weights: String, withAutoencoder: Bool) -> String {
        let models = [policy.acting] + (withAutoencoder ? [policy.encoder, policy.decoder].compactMap(\.self) : [])
        var shapes: [(String, [Int])] = []
        for parameter in models.flatMap(\.parameters) where !shapes.contains(where: { $0.0 == parameter.name }) {
            shapes.append((parameter.name, parameter.dims))
        }
        let about = (policy.about.sorted { $0.key < $1.key } + [("action", policy.action.text)])
            .map { "    \(quoted($0.0)): \(quoted($0.1))," }.joined(separator: "\n")
        let hasState = policy.state > 0
        let arguments = ["observation"] + (hasState ? ["state=None"] : []) + (policy.masks ? ["mask=None"] : [])
        let sizes = policy.acting.inputs[0]
        var code = """
            \"\"\"A policy that Starling trained, as a PyTorch module: `Policy()` holds the numbers of \(weights).\"\"\"
            import json
            import pathlib

            import torch
            from torch import nn
            from torch.nn import functional as F

            ABOUT = {
            \(about)
            }

            SHAPES = {
            \(shapes.map { "    \(quoted($0.0)): \(list($0.1))," }.joined(separator: "\n"))
            }


            class Policy(nn.Module):
                def __init__(self, weights=pathlib.Path(__file__).with_name(\(quoted(weights)))):
                    super().__init__()
                    for name, shape in SHAPES.items():
                        *path, leaf = name.split(".")
                        module = self
                        for part in path:
                            if part not in module._modules:
                                module.add_module(part, nn.Module())
                            module = module._modules[part]
                        learned = path[0] not in ("normalizer", "likelihood", "prior")
                        module.register_parameter(leaf, nn.Parameter(torch.zeros(shape), requires_grad=learned))
                    if weights is not None:
                        self.load_state_dict({name: value for name, value in read(weights).items() if name in SHAPES})

                def forward(self, \(arguments.joined(separator: ", "))):
                    \"\"\"A batch of observations to a dictionary: \(policy.acting.outputs.map(\.name).joined(separator: ", ")).\"\"\"
                    p = self.state_dict(keep_vars=True)

            """
        if hasState || policy.masks { code += "        rows = len(\(input(sizes)))\n" }
        if hasState { code += "        state = torch.zeros(rows, \(policy.state)) if state is None else state\n" }
        if policy.masks {
            let count = policy.action.counts.reduce(0, +)
            code += "        mask = torch.ones(rows, \(count), dtype=torch.uint8) if mask is None else mask\n"
        }
        code += body(policy.acting)
        if withAutoencoder {
            code += """

                    def encode(self, observation):
                        \"\"\"A batch of observations to a dictionary: \(policy.encoder.outputs.map(\.name).joined(separator: ", ")).\"\"\"
                        p = self.state_dict(keep_vars=True)

                """ + body(policy.encoder)
            if let decoder = policy.decoder {
                code += """

                        def decode(self, latent):
                            \"\"\"Latents to a dictionary: scaled, the observations that the decoder makes of them.\"\"\"
                            p = self.state_dict(keep_vars=True)

                    """ + body(decoder)
            }
        }
        return code + """


            def read(path):
                \"\"\"The arrays of a safetensors file by name.\"\"\"
                data = pathlib.Path(path).read_bytes()
                size = int.from_bytes(data[:8], "little")
                header = json.loads(data[8:8 + size])
                header.pop("__metadata__", None)
                arrays = {}
                for name, entry in header.items():
                    first, end = (8 + size + offset for offset in entry["data_offsets"])
                    if entry["dtype"] == "F32":
                        arrays[name] = torch.frombuffer(bytearray(data[first:end]), dtype=torch.float32).reshape(entry["shape"])
                return arrays

            """
    }

    private static func body(_ model: PortableModel) -> String {
        let names = Dictionary(
            uniqueKeysWithValues: model.inputs.map { ($0.name, input($0)) } + model.parameters.map { ($0.name, "p[\(quoted($0.name))]") })
        var lines = model.steps.map { step in
            "\(step.output.name) = \(expression(step, step.inputs.map { names[$0.name] ?? $0.name }))"
        }
        let outputs = model.outputs.map { "\(quoted($0.name)): \(names[$0.value.name] ?? $0.value.name)" }
        lines.append("return {\(outputs.joined(separator: ", "))}")
        return lines.map { "        \($0)\n" }.joined()
    }

    private static func input(_ value: PortableModel.Value) -> String {
        guard let dot = value.name.firstIndex(of: ".") else { return value.name }
        return "\(value.name[..<dot])[\(quoted(String(value.name[value.name.index(after: dot)...])))]"
    }

    private static func expression(_ step: PortableModel.Step, _ x: [String]) -> String {
        let dims = step.output.dims
        let sizes = ((step.output.hasRows ? ["-1"] : []) + dims.map(String.init)).joined(separator: ", ")
        let rows = step.inputs.first?.hasRows == true ? ":, " : ""
        func call(_ function: String, _ more: String...) -> String { "\(function)(\((x + more).joined(separator: ", ")))" }
        switch step.operation {
        case .constant(let values):
            let device = "device=next(self.parameters()).device"
            return dims.isEmpty ? "torch.tensor(\(values[0]), \(device))" : "torch.tensor(\(list(values)), \(device))"
        case .linear: return call("F.linear")
        case .product: return x.joined(separator: " @ ")
        case .convolution(let stride, let padding): return call("F.conv2d", "stride=\(stride)", "padding=\(padding)")
        case .transposeConvolution(let stride, let padding, let outputPadding):
            return call("F.conv_transpose2d", "stride=\(stride)", "padding=\(padding)", "output_padding=\(list(outputPadding))")
        case .maxPool(let kernel, let stride, let padding): return call("F.max_pool2d", "\(kernel)", "\(stride)", "\(padding)")
        case .function(let function):
            return switch function {
            case .relu, .tanh, .sigmoid, .exp, .log, .erf, .square: call("torch.\(function.rawValue)")
            case .softplus: call("F.softplus")
            }
        case .arithmetic(let arithmetic):
            return switch arithmetic {
            case .add: x.joined(separator: " + ")
            case .subtract: x.joined(separator: " - ")
            case .multiply: x.joined(separator: " * ")
            case .divide: x.joined(separator: " / ")
            case .minimum, .maximum: call("torch.\(arithmetic.rawValue)")
            }
        case .scale(let factor): return "\(x[0]) * \(factor)"
        case .offset(let number): return "\(x[0]) + \(number)"
        case .clamp(let range): return "\(x[0]).clamp(\(range.lowerBound), \(range.upperBound))"
        case .slice(let features): return "\(x[0])[\(rows)\(features.lowerBound):\(features.upperBound)]"
        case .concatenation: return "torch.cat([\(x.joined(separator: ", "))], dim=-1)"
        case .reshape: return "\(x[0]).reshape(\(sizes))"
        case .sum: return rows.isEmpty ? "\(x[0]).sum()" : "\(x[0]).flatten(1).sum(1)"
        case .logSoftmax(let classes):
            return classes == step.output.width
                ? "F.log_softmax(\(x[0]), -1)" : "F.log_softmax(\(x[0]).unflatten(-1, (-1, \(classes))), -1).flatten(-2)"
        case .lookup: return "F.embedding(\(x[0]).long(), \(x[1])).flatten(1)"
        case .toFloat: return "\(x[0]).float()"
        case .repeatEach(let count): return "\(x[0]).repeat_interleave(\(count), -1)"
        case .spread: return "\(x[0]).reshape(-1, \(dims.map { _ in "1" }.joined(separator: ", "))).expand(\(sizes))"
        case .largest: return "\(x[0]).argmax(-1)"
        case .stack: return "torch.stack([\(x.joined(separator: ", "))], -1)"
        }
    }

    private static func list(_ values: [some CustomStringConvertible]) -> String {
        "[\(values.map(\.description).joined(separator: ", "))]"
    }

    /// A literal of Python.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
