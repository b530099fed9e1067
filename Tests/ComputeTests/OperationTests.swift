import StarlingCompute
import Testing

/// Every operation of the vocabulary, on every one of its samples.
@Suite struct OperationTests {
    @Test(arguments: Vocabulary.operations.indices)
    func derivativesAgreeWithFiniteDifferences(_ operation: Int) throws {
        for sample in Vocabulary.operations[operation].samples {
            let sampleCase = SampleCase(sample)
            let tensors = sampleCase.tensors()
            let values = evaluate(sampleCase, tensors)
            for (index, derivative) in sampleCase.derivatives.enumerated() {
                guard let derivative, case .float = sampleCase.inputs[index].values else { continue }
                let analytic = try #require(values[Int(derivative.id)])
                check(sampleCase, tensors, input: index, analytic.values)
            }
        }
    }

    /// Whole directions for all, single elements for small inputs.
    private func check(_ sampleCase: SampleCase, _ tensors: [Node: ReferenceTensor], input: Int, _ analytic: [Double]) {
        var random = TestRandom(seed: 99)
        var directions = (0..<3).map { _ in analytic.map { _ in Double.random(in: -1...1, using: &random) } }
        if analytic.count <= 64 {
            directions += analytic.indices.map { element in analytic.indices.map { $0 == element ? 1 : 0 } }
        }
        let step = 1e-6
        for direction in directions {
            func loss(_ sign: Double) -> Double {
                var moved = tensors
                let node = sampleCase.inputs[input].node
                for index in direction.indices { moved[node]!.values[index] += sign * step * direction[index] }
                return evaluate(sampleCase, moved)[Int(sampleCase.loss.id)]!.values[0]
            }
            let numeric = (loss(1) - loss(-1)) / (2 * step)
            let expected = zip(analytic, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let scale = zip(analytic, direction).reduce(1) { $0 + abs($1.0 * $1.1) }
            #expect(abs(numeric - expected) <= 1e-6 * scale, "\(sampleCase.sample.name), input \(input): \(numeric) against \(expected)")
        }
    }

    private func evaluate(_ sampleCase: SampleCase, _ tensors: [Node: ReferenceTensor]) -> [ReferenceTensor?] {
        ReferenceDevice.evaluate(sampleCase.graph, rows: sampleCase.rows, inputs: tensors, parameters: [])
    }

    /// The choices that must not change a value: tiles smaller than the rows, oneDNN even for small products, and columns
    /// shared by two workers.
    private static let tunings: [(String, Tuning)] = {
        var small = Tuning.fixed
        var library = Tuning.fixed
        small.largestTile = 12
        small.largestImageTile = 60
        library.largestSmallProduct = 0
        var shared = Tuning.fixed
        shared.smallestSharedProduct = 0
        shared.smallestSharedSum = 0
        var unfolded = library
        unfolded.convolutions = CPUKernel.unfolded.name
        return [
            ("unfolded patches", unfolded), ("fixed", .fixed), ("tiles of 12", small), ("oneDNN alone", library),
            ("shared columns", shared),
        ]
    }()

    @Test(arguments: Vocabulary.operations.indices)
    func kernelsAgreeWithTheReference(_ operation: Int) throws {
        for sample in Vocabulary.operations[operation].samples {
            let sampleCase = SampleCase(sample)
            let tensors = sampleCase.tensors()
            let expected = try sampleCase.run(tensors, on: ReferenceDevice())
            for (name, tuning) in Self.tunings {
                let threads = name == "shared columns" ? 2 : 1
                let found = try sampleCase.run(tensors, on: CPUDevice(), tuning: tuning, threads: threads)
                for index in expected.indices {
                    let error = largestError(found[index], expected[index])
                    #expect(error < 1e-5, "\(sample.name), \(sampleCase.outputs[index].name), \(name): off by \(error)")
                }
            }
        }
    }

    @Test func everySampleOfTheVocabularyHasAKernelAndAName() {
        #expect(Vocabulary.operations.allSatisfy { !$0.samples.isEmpty })
        let names = Vocabulary.samples.map(\.name)
        #expect(Set(names).count == names.count)
    }
}

/// The largest difference, relative to the largest expected number if that is above 1. NaN is infinitely far.
func largestError(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    let scale = expected.reduce(Float(1)) { max($0, abs($1)) }
    return zip(found, expected).reduce(0) { largest, pair in
        let error = abs(pair.0 - pair.1)
        return error.isNaN ? .infinity : max(largest, error / scale)
    }
}
