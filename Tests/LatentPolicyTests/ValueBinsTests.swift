import Foundation
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

/// Values over bins against `Tests/Fixtures/value-bins/make.py`, which writes them from their definitions in double precision.
@Suite struct ValueBinsTests {
    private static let file: SafetensorsFile? = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try? Data(contentsOf: tests.appending(path: "Fixtures/value-bins/value-bins.safetensors"))
        return bytes.flatMap { try? SafetensorsFile(decoding: Array($0)) }
    }()

    static let cases = (file?.metadata.keys.sorted() ?? []).filter { $0 != "format" }

    private func array(_ name: String) throws -> [Float] { try #require(Self.file?[name]?.values(), "no array \(name)") }

    private func bins(_ name: String) throws -> ModelSpec.ValueBins {
        let settings = try #require(Self.file?.metadata[name]).split(separator: " ")
        return ModelSpec.ValueBins(
            settings[0] == "two_hot" ? .twoHot : .hlGauss, count: try #require(Int(settings[1])), limit: try #require(Float(settings[2])))
    }

    @Test func everyCaseIsThere() { #expect(Self.cases.count == 6) }

    @Test(arguments: cases) func projectionsLossesAndMeansAreTheirs(name: String) throws {
        let bins = try bins(name)
        let (numbers, logits, weights) = (try array("\(name).number"), try array("\(name).logits"), try array("\(name).weight"))
        var g = Graph()
        let number = g.input("number", .perRow(.unroll), Float.self)
        let head = g.input("logits", .perRow(.unroll, bins.count), Float.self)
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        let target = bins.project(&g, number.node)
        let logProbabilities = g.logSoftmax(head.node)
        let loss = g.crossEntropy(of: target, logProbabilities: logProbabilities)
        let derivative = try #require(g.derivatives(of: g.total(g.multiply(loss, weight.node)), by: [head.node])[0])
        let outputs = [
            "probabilities": g.output("probabilities", target), "crossEntropy": g.output("loss", loss),
            "gradient": g.output("gradient", derivative),
            "mean": g.output("mean", g.symmetricMean(logProbabilities: logProbabilities, atoms: bins.atoms)),
        ]
        // The mean of what a number is projected to.
        let back = g.output("back", g.symmetricMean(logProbabilities: g.log(target), atoms: bins.atoms))
        let plan = try Plan(g, rows: [.unroll: numbers.count], .cpu())
        plan.write(number) { _ = $0.update(fromContentsOf: numbers) }
        plan.write(head) { _ = $0.update(fromContentsOf: logits) }
        plan.write(weight) { _ = $0.update(fromContentsOf: weights) }
        let bank = ParameterBank(g.layout)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        for (value, port) in outputs {
            let off = distance(plan.read(port) { Array($0) }, try array("\(name).\(value)"))
            #expect(off < 1e-5, "\(name), \(value): off by \(off)")
        }
        expectReturn(numbers, plan.read(back) { Array($0) }, bins)
    }

    /// A number comes back from its distribution: exactly where two share 1; of a Normal it is cut off at the ends.
    private func expectReturn(_ numbers: [Float], _ back: [Float], _ bins: ModelSpec.ValueBins) {
        let end = bins.projection == .twoHot ? bins.atoms.last! : bins.limit
        let width = 2 * bins.limit / Float(bins.count)
        for (number, back) in zip(numbers, back) {
            let within = min(end, max(-end, number))
            switch bins.projection {
            case .twoHot: #expect(abs(back - within) <= 1e-5 * max(1, abs(within)), "\(number) came back as \(back)")
            case .hlGauss where abs(within) < end - 3.5 * width:
                #expect(abs(back - within) <= 1e-3 * width, "\(number) came back as \(back)")
            case .hlGauss: #expect(abs(back - within) <= 0.8 * width && abs(back) < end, "\(number) came back as \(back)")
            }
        }
    }

    @Test(arguments: [3, 51, 255], ModelSpec.ValueBins.Projection.allCases)
    func atomsGrowAndLieAbout0(count: Int, projection: ModelSpec.ValueBins.Projection) {
        let atoms = ModelSpec.ValueBins(projection, count: count, limit: 20).atoms
        #expect(atoms.count == count && atoms[count / 2] == 0)
        #expect(zip(atoms, atoms.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(atoms, atoms.reversed()).allSatisfy { $0 == -$1 })
    }

    private static let model = ModelSpec.minAtar.with { ($0.value, $0.policy) = (.dense([5]), .dense([6])) }

    /// Far bins are worth 10⁸, and none of that is left.
    @Test(arguments: [ModelSpec.ValueBins(.twoHot, limit: 20), ModelSpec.ValueBins(.hlGauss, count: 51, limit: 150)])
    func valuesBeginAt0(bins: ModelSpec.ValueBins) throws {
        let policy = LatentPolicy(model: Self.model.with { $0.valueBins = bins }, environment: environment([4, 10, 10]))
        let rig = try Rig(policy, rows: 9)
        let bank = ParameterBank(rig.layout)
        rig.layout.initial(seed: 3).withUnsafeBytes { bank.copy(from: $0) }
        rig.run((0..<3600).map { UInt8($0 % 7 == 0 ? 1 : 0) }, bank)
        #expect(try rig.read("value") == Array(repeating: 0, count: 9))
        #expect(Set(try rig.read("logits")).count > 2)
    }

    /// Actors are sent the same block, and compute the same.
    @Test(arguments: [ActingSpec.LatentMode.mean, .noise]) func actorsKnowNothingOfBins(mode: ActingSpec.LatentMode) {
        let wide = Self.model.with { $0.valueBins = ModelSpec.ValueBins(.twoHot, limit: 20) }
        let policies = [Self.model, wide].map { LatentPolicy(model: $0, environment: environment([4, 10, 10])) }
        let layouts = policies.map { $0.actingLayout(mode) }
        #expect(layouts[0].slots.map(\.name) == layouts[1].slots.map(\.name))
        #expect(layouts[0].slots.map(\.dims) == layouts[1].slots.map(\.dims))
        #expect(!layouts[0].slots.contains { $0.name.hasPrefix("value") })
        let output = policies[1].layout.slots.first { $0.name == "value.output.weight" }
        #expect(output?.dims == [255, 5])
    }
}
