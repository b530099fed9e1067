import Foundation
import StarlingCompute
import StarlingSafetensors
import Testing

/// PyTorch's outputs and gradients, made by `Tests/Fixtures/operations/make.py`.
@Suite struct GoldenTests {
    private static let file: SafetensorsFile? = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try? Data(contentsOf: tests.appending(path: "Fixtures/operations/operations.safetensors"))
        return bytes.flatMap { try? SafetensorsFile(decoding: Array($0)) }
    }()

    static let cases = (file?.metadata.keys.sorted() ?? []).filter { $0 != "format" }

    @Test func everyCaseIsThere() { #expect(Self.cases.count == 29) }

    @Test(arguments: cases, [1, 2]) func outputsAndGradientsAreTheirs(name: String, threads: Int) throws {
        let file = try #require(Self.file)
        let settings = try #require(file.metadata[name]).split(separator: " ").map(String.init)
        let numbers = settings.dropFirst().compactMap { Int($0) }
        let isRecurrent = settings[0] == "gru" || settings[0] == "lstm"
        func array(_ suffix: String) throws -> NamedArray { try #require(file["\(name).\(suffix)"]) }
        let inputCount = isRecurrent ? 7 : settings[0] == "pool" ? 1 : settings[0] == "embedding" ? 2 : 3
        let arrays = try (0..<inputCount).map { try array("\($0)") }
        let rows = isRecurrent ? numbers[0] * numbers[1] : arrays[0].shape[0]

        /// What has rows comes first; recurrent layers have their time in front of it.
        func input(_ index: Int) -> Sample.Input {
            let shape = arrays[index].shape
            let values: Sample.Values = arrays[index].scalar == .uint8 ? .flags : .float(-1...1)
            if isRecurrent, index == 0 { return .init(Shape(rows: .samples, dims: Array(shape.dropFirst(2))), values) }
            if isRecurrent, index == 1 { return .init(Shape(rows: .sequences, dims: Array(shape.dropFirst())), values) }
            if isRecurrent, index == 2 { return .init(.perRow(.samples), values) }
            return .init(index == 0 ? Shape(rows: .samples, dims: Array(shape.dropFirst())) : Shape(rows: nil, dims: shape), values)
        }
        let sample = Sample(name, rows: rows, arrays.indices.map(input), columns: isRecurrent ? numbers[1] : nil) { g, x in
            switch settings[0] {
            case "convolution": g.convolution(x[0], weight: x[1], bias: x[2], stride: numbers[0], padding: numbers[1])
            case "transpose":
                g.transposeConvolution(
                    x[0], weight: x[1], bias: x[2], stride: numbers[0], padding: numbers[1], outputPadding: numbers[2])
            case "pool": g.maxPool(x[0], kernel: numbers[0], stride: numbers[1], padding: numbers[2])
            case "embedding": g.lookup(g.toFloat(Port(node: x[0]), scale: 1), table: x[1])
            case "norm": g.layerNorm(x[0], gain: x[1], bias: x[2])
            case "gru":
                g.gru(
                    x[0], initial: x[1], reset: g.toFloat(Port(node: x[2]), scale: 1), inputWeight: x[3], hiddenWeight: x[4],
                    inputBias: x[5], hiddenBias: x[6], steps: numbers[0])
            default:
                g.lstm(
                    x[0], initial: x[1], reset: g.toFloat(Port(node: x[2]), scale: 1), inputWeight: x[3], hiddenWeight: x[4],
                    inputBias: x[5], hiddenBias: x[6], steps: numbers[0])
            }
        }
        let sampleCase = SampleCase(sample)
        var tensors = sampleCase.tensors()
        for (index, given) in (arrays + [try array("upstream")]).enumerated() {
            let node = sampleCase.inputs[index].node
            if given.scalar == .uint8 {
                tensors[node]!.bits = try #require(given.values(as: UInt8.self)).map(UInt64.init)
            } else {
                tensors[node]!.values = try #require(given.values(as: Float.self)).map(Double.init)
            }
        }
        let found = try sampleCase.run(tensors, on: CPUDevice(), threads: threads)
        #expect(largestError(found[0], try #require(array("output").values())) < 1e-5)
        for (index, output) in sampleCase.outputs.enumerated().dropFirst() {
            let input = try #require(output.name.split(separator: " ").last)
            let error = largestError(found[index], try #require(array("gradient.\(input)").values()))
            #expect(error < 1e-5, "\(name): \(output.name) is off by \(error)")
        }
        #expect(sampleCase.outputs.count == (isRecurrent ? 7 : settings[0] == "embedding" ? 2 : inputCount + 1))
    }
}
