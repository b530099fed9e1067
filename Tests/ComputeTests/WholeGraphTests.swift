import StarlingCompute
import StarlingThreads
import Testing

/// A whole joint step: losses, gradients, threads, tiles, prefixes.
@Suite struct WholeGraphTests {
    struct Result: Equatable {
        var logits: [Float]
        var values: [Float]
        var losses: [Float]
        var gradients: [Float]
    }

    static func run(
        _ model: JointModel, rows: Int, device: any Device = CPUDevice(), threads: Int = 1, tuning: Tuning = .fixed,
        parameters: ParameterBank? = nil
    ) throws -> Result {
        let team = threads > 1 ? WorkerTeam(count: threads, name: "test") : nil
        let plan = try model.plan(rows: rows, device: device, team: team, tuning: tuning)
        let bank = parameters ?? ParameterBank(model.graph.layout, seed: 7)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        return Result(
            logits: plan.read(model.logits) { Array($0) }, values: plan.read(model.values) { Array($0) },
            losses: model.losses.flatMap { plan.read($0) { Array($0) } }, gradients: plan.gradients { Array($0) })
    }

    @Test(arguments: [false, true], [1, 2, 37, 301])
    func theDeviceAgreesWithTheReference(isTanh: Bool, rows: Int) throws {
        let model = JointModel(isTanh: isTanh)
        let found = try Self.run(model, rows: rows)
        let expected = try Self.run(model, rows: rows, device: ReferenceDevice())
        #expect(largestError(found.logits, expected.logits) < 1e-5)
        #expect(largestError(found.values, expected.values) < 1e-5)
        #expect(largestError(found.losses, expected.losses) < 1e-5)
        for slot in model.graph.layout.slots {
            let range = slot.offset..<(slot.offset + slot.count)
            let error = largestError(Array(found.gradients[range]), Array(expected.gradients[range]))
            #expect(error < 1e-5, "\(slot.name) is off by \(error)")
        }
    }

    @Test(arguments: [0, Tuning.fixed.largestSmallProduct])
    func wideLayersAgreeWithTheReference(largestSmallProduct: Int) throws {
        var tuning = Tuning.fixed
        tuning.largestSmallProduct = largestSmallProduct
        let model = JointModel(observations: 150, hidden: [200, 130], latents: 9, actions: 5)
        let found = try Self.run(model, rows: 130, tuning: tuning)
        let expected = try Self.run(model, rows: 130, device: ReferenceDevice())
        #expect(largestError(found.logits, expected.logits) < 1e-5)
        #expect(largestError(found.gradients, expected.gradients) < 1e-5)
    }

    /// Central differences of the reference, over single parameters of every slot.
    @Test func gradientsAgreeWithFiniteDifferences() throws {
        let model = JointModel(observations: 3, hidden: [6, 5], latents: 2, actions: 3, isTanh: true)
        let rows = 5
        let graph = model.graph
        let plan = try model.plan(rows: rows)
        func tensor<S: BinaryInteger & BitwiseCopyable & Sendable>(_ port: Port<S>) -> ReferenceTensor {
            var tensor = ReferenceTensor(rowCount: rows, dims: port.node.shape.dims)
            tensor.bits = plan.write(port) { $0.map { UInt64($0) } }
            return tensor
        }
        func floats(_ port: Port<Float>) -> ReferenceTensor {
            let values = plan.write(port) { $0.map(Double.init) }
            return ReferenceTensor(rowCount: port.node.shape.rows == nil ? 1 : rows, dims: port.node.shape.dims, values: values)
        }
        let inputs: [Node: ReferenceTensor] = [
            model.observation.node: floats(model.observation), model.advantage.node: floats(model.advantage),
            model.target.node: floats(model.target), model.weight.node: floats(model.weight),
            model.klWeight.node: floats(model.klWeight), model.key.node: tensor(model.key), model.step.node: tensor(model.step),
            model.environment.node: tensor(model.environment), model.action.node: tensor(model.action),
        ]
        let start = graph.layout.initial(seed: 3).map(Double.init)
        func loss(_ parameters: [Double]) -> Double {
            ReferenceDevice.evaluate(graph, rows: [.samples: rows], inputs: inputs, parameters: parameters)[
                Int(model.loss.id)]!.values[0]
        }
        let bank = ParameterBank(graph.layout, seed: 3)
        let reference = try Plan(graph, rows: [.samples: rows], device: ReferenceDevice())
        model.fill(reference)
        reference.run(.forward, with: bank)
        reference.run(.backward, with: bank)
        let analytic = reference.gradients { Array($0) }
        for slot in graph.layout.slots {
            for element in Set([0, slot.count / 2, slot.count - 1]) {
                var up = start
                var down = start
                up[slot.offset + element] += 1e-5
                down[slot.offset + element] -= 1e-5
                let numeric = (loss(up) - loss(down)) / 2e-5
                let error = abs(numeric - Double(analytic[slot.offset + element]))
                #expect(error < 1e-6 * max(1, abs(numeric)), "\(slot.name)[\(element)]: \(numeric)")
            }
        }
    }

    /// A convolutional autoencoder beside a recurrent layer: everything that is shared, tiled or scanned.
    @Test(arguments: [1, 2, 7], [1, 2, 3]) func imagesAndStepsAgreeWithTheReference(columns: Int, threads: Int) throws {
        var g = Graph()
        let steps = 5
        let rows = [Rows.samples: steps * columns, .sequences: columns]
        func parameter(_ name: String, _ dims: [Int]) -> Node { g.parameter(name, dims, .uniform(bound: 0.3)) }
        let image = g.input("image", Shape(rows: .samples, dims: [3, 12, 12]), UInt8.self)
        let initial = g.input("initial", .perRow(.sequences, 20), Float.self)
        let reset = g.input("reset", .perRow(.samples), UInt8.self)
        let x = g.toFloat(image, scale: 1 / 255)
        let first = g.relu(g.convolution(x, weight: parameter("w1", [20, 3, 4, 4]), bias: parameter("b1", [20]), stride: 2))
        let second = g.relu(
            g.convolution(first, weight: parameter("w2", [17, 20, 3, 3]), bias: parameter("b2", [17]), stride: 1, padding: 1))
        let flat = g.layerNorm(g.reshape(second, [17 * 25]), gain: parameter("g", [17 * 25]), bias: parameter("h", [17 * 25]))
        let state = g.lstm(
            flat, initial: initial.node, reset: g.toFloat(reset, scale: 1), inputWeight: parameter("wi", [40, 17 * 25]),
            hiddenWeight: parameter("wh", [40, 10]), inputBias: parameter("bi", [40]), hiddenBias: parameter("bh", [40]), steps: steps)
        let small = g.reshape(g.concatenate([state, g.square(state)]), [40, 1, 1])
        let third = g.relu(g.transposeConvolution(small, weight: parameter("w3", [40, 9, 5, 5]), bias: parameter("b3", [9]), stride: 1))
        let last = g.sigmoid(g.transposeConvolution(third, weight: parameter("w4", [9, 3, 4, 4]), bias: parameter("b4", [3]), stride: 2))
        let made = g.output("made", last)
        let loss = g.output("loss", g.total(g.square(g.subtract(last, x))))
        g.differentiate(loss.node)

        func run(_ device: any Device, threads: Int, _ tuning: Tuning) throws -> (made: [Float], gradients: [Float]) {
            let plan = try Plan(g, rows: rows, device: device, team: threads > 1 ? WorkerTeam(count: threads) : nil, tuning: tuning)
            var random = TestRandom(seed: 5)
            plan.write(image) { for index in $0.indices { $0[index] = UInt8.random(in: 0...255, using: &random) } }
            plan.write(initial) { for index in $0.indices { $0[index] = Float.random(in: -1...1, using: &random) } }
            plan.write(reset) { for index in $0.indices { $0[index] = index % 4 == 1 ? 1 : 0 } }
            let bank = ParameterBank(g.layout, seed: 3)
            plan.run(.forward, with: bank)
            plan.run(.backward, with: bank)
            return (plan.read(made) { Array($0) }, plan.gradients { Array($0) })
        }
        var tuning = Tuning.fixed
        tuning.largestImageTile = 2 * 9 * 12 * 12
        tuning.smallestSharedProduct = 1000
        let expected = try run(ReferenceDevice(), threads: 1, .fixed)
        for tuning in [Tuning.fixed, tuning] {
            let found = try run(CPUDevice(), threads: threads, tuning)
            #expect(largestError(found.made, expected.made) < 1e-5)
            #expect(largestError(found.gradients, expected.gradients) < 1e-5)
            let alone = try run(CPUDevice(), threads: 1, tuning)
            #expect(found.made == alone.made && found.gradients == alone.gradients)
        }
    }

    @Test func stepsThatDoNotFitTheRowsAreRefused() {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 2), Float.self)
        let initial = g.input("h", .perRow(.sequences, 3), Float.self)
        let reset = g.input("reset", .perRow(.samples), Float.self)
        let w = g.parameter("w", [9, 2], .zeros)
        let u = g.parameter("u", [9, 3], .zeros)
        let b = g.parameter("b", [9], .zeros)
        _ = g.output(
            "y",
            g.gru(x.node, initial: initial.node, reset: reset.node, inputWeight: w, hiddenWeight: u, inputBias: b, hiddenBias: b, steps: 4))
        let error = #expect(throws: ComputeError.self) { try Plan(g, rows: [.samples: 9, .sequences: 2]) }
        #expect(error?.code == .rows && error?.message.contains("needs 8 rows") == true)
    }

    /// Acting: one step, and fewer rows than planned.
    @Test func aStepOfSomeRowsIsTheirStepAlone() throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 2), Float.self)
        let initial = g.input("h", .perRow(.samples, 3), Float.self)
        let reset = g.input("reset", .perRow(.samples), Float.self)
        let w = g.parameter("w", [9, 2], .uniform(bound: 1))
        let u = g.parameter("u", [9, 3], .uniform(bound: 1))
        let b = g.parameter("b", [9], .uniform(bound: 1))
        let y = g.output(
            "y",
            g.gru(x.node, initial: initial.node, reset: reset.node, inputWeight: w, hiddenWeight: u, inputBias: b, hiddenBias: b, steps: 1))
        let plan = try Plan(g, rows: [.samples: 40])
        plan.write(x) { for index in $0.indices { $0[index] = Float(index) / 50 } }
        plan.write(initial) { for index in $0.indices { $0[index] = 1 - Float(index) / 60 } }
        let bank = ParameterBank(g.layout, seed: 3)
        plan.run(.forward, with: bank)
        let all = plan.read(y) { Array($0) }
        plan.write(x) { for index in 34..<$0.count { $0[index] = .nan } }
        plan.run(.forward, with: bank, rows: 17)
        #expect(plan.read(y) { Array($0.prefix(51)) } == Array(all.prefix(51)) && all.allSatisfy(\.isFinite))
    }

    @Test(arguments: [1, 2, 30, 121, 301, 640], [2, 3])
    func threadsChangeNoBit(rows: Int, threads: Int) throws {
        let model = JointModel()
        #expect(try Self.run(model, rows: rows) == Self.run(model, rows: rows, threads: threads))
    }

    @Test func threadsChangeNoBitOfOneDNNsProducts() throws {
        let model = JointModel(observations: 150, hidden: [200, 130])
        var tuning = Tuning.fixed
        tuning.largestSmallProduct = 0
        let alone = try Self.run(model, rows: 301, tuning: tuning)
        #expect(try alone == Self.run(model, rows: 301, threads: 2, tuning: tuning))
    }

    /// What belongs to rows is the same in any tile; sums over rows differ in their order only.
    @Test func tilesChangeNoBitOfRows() throws {
        let model = JointModel()
        var tuning = Tuning.fixed
        tuning.largestTile = 24
        let whole = try Self.run(model, rows: 301)
        let tiled = try Self.run(model, rows: 301, tuning: tuning)
        #expect(whole.logits == tiled.logits)
        #expect(whole.values == tiled.values)
        #expect(largestError(tiled.gradients, whole.gradients) < 1e-5)
    }

    @Test(arguments: [[64, 64], [200, 130]], [0, Tuning.fixed.largestSmallProduct])
    func aPrefixOfTheRowsIsTheSameBitForBit(hidden: [Int], largestSmallProduct: Int) throws {
        var tuning = Tuning.fixed
        tuning.largestSmallProduct = largestSmallProduct
        let model = JointModel(hidden: hidden, differentiates: false)
        let bank = ParameterBank(model.graph.layout, seed: 7)
        let plan = try model.plan(rows: 130, tuning: tuning)
        plan.run(.forward, with: bank)
        let logits = plan.read(model.logits) { Array($0) }
        let values = plan.read(model.values) { Array($0) }
        for count in [1, 2, 3, 7, 15, 16, 64, 120, 121, 129, 130] {
            let fresh = try model.plan(rows: 130, tuning: tuning)
            fresh.run(.forward, with: bank, rows: count)
            #expect(fresh.read(model.logits) { Array($0.prefix(2 * count)) } == Array(logits.prefix(2 * count)), "\(count) rows")
            #expect(fresh.read(model.values) { Array($0.prefix(count)) } == Array(values.prefix(count)), "\(count) rows")
        }
    }

    /// The noise of a row follows its key, step and environment, not its place.
    @Test func actingAndTrainingAgreeOnEveryRow() throws {
        let training = JointModel()
        let acting = JointModel(differentiates: false)
        let bank = ParameterBank(training.graph.layout, seed: 7)
        let all = try Self.run(training, rows: 301, parameters: bank)
        let plan = try acting.plan(rows: 64)
        plan.run(.forward, with: bank)
        #expect(plan.read(acting.logits) { Array($0) } == Array(all.logits.prefix(128)))
    }

    @Test func aNewVersionIsPackedAgain() throws {
        let model = JointModel(differentiates: false)
        let first = ParameterBank(model.graph.layout, seed: 1)
        let second = ParameterBank(model.graph.layout, seed: 2)
        let plan = try model.plan(rows: 4)
        func logits(_ bank: ParameterBank) -> [Float] {
            plan.run(.forward, with: bank)
            return plan.read(model.logits) { Array($0) }
        }
        let one = logits(first)
        let two = logits(second)
        #expect(one != two)
        #expect(logits(first) == one)
        second.withUnsafeBufferPointer { first.copy(from: UnsafeRawBufferPointer($0)) }
        #expect(logits(first) == two)
    }

    @Test func actingPlansHaveLessMemory() throws {
        let acting = try JointModel(differentiates: false).plan(rows: 64)
        let training = try JointModel().plan(rows: 64)
        #expect(acting.arenaByteCount < training.arenaByteCount)
    }

    @Test func paddingOfGradientsIsZeroAndUnreachedParametersToo() throws {
        var model = JointModel()
        let result = try Self.run(model, rows: 301)
        var isPadding = [Bool](repeating: true, count: model.graph.layout.count)
        for slot in model.graph.layout.slots { for i in 0..<slot.count { isPadding[slot.offset + i] = false } }
        #expect(zip(result.gradients, isPadding).allSatisfy { !$1 || $0 == 0 })

        model = JointModel(differentiates: false)
        var graph = model.graph
        _ = graph.parameter("unused", [5, 3], .constant(1))
        graph.differentiate(model.loss)
        let plan = try Plan(graph, rows: [.samples: 9])
        model.fill(plan)
        let bank = ParameterBank(graph.layout, seed: 1)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        let slot = try #require(graph.layout.slot(named: "unused"))
        #expect(plan.gradients { $0[slot.offset..<(slot.offset + 15)].allSatisfy { $0 == 0 } })
        #expect(plan.gradients { $0.contains { $0 != 0 } })
    }

    @Test func aRowExtentWithoutANumberIsRefusedByName() {
        let error = #expect(throws: ComputeError.self) { try Plan(JointModel(rows: .sequences).graph, rows: [.samples: 3]) }
        #expect(error?.code == .rows && error?.message.contains("sequences") == true)
    }
}
