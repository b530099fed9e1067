import CStarlingKernels
import Foundation
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingExport
import StarlingLatentPolicy
import StarlingSafetensors

/// A model with numbers, observations, and what Starling's own acting makes of them.
struct Case {
    private let kind: Kind
    private var policy: LatentPolicy { kind.policy }
    private let layout: ParameterLayout
    private let bank: ParameterBank
    /// By name of the input, each `[rows, …]`.
    private(set) var given: [NamedArray] = []
    private(set) var expected: [NamedArray] = []
    let parameters: [NamedArray]

    init(_ kind: Kind) throws {
        self.kind = kind
        layout = kind.policy.layout
        var random = Random(seed: 5)
        parameters = layout.slots.map { slot in
            let isScale = slot.name.hasSuffix("scale")
            let inputs = slot.dims.count > 1 ? slot.count / slot.dims[0] : 1
            // Of residual sections half, so that numbers stay as large as they were.
            let isResidual = slot.name.contains("blocks") || slot.name.contains("convolution")
            let bound = slot.dims.count > 1 ? (6 / Float(inputs)).squareRoot() / (isResidual ? 2 : 1) : 0.1
            let values = (0..<slot.count).map { _ in isScale ? random.number(in: 0.5...1.5) : random.number(in: -bound...bound) }
            return NamedArray(slot.name, shape: slot.dims, values)
        }
        bank = ParameterBank(layout)
        bank.withUnsafeMutableBufferPointer { block in
            for (slot, array) in zip(layout.slots, parameters) {
                let values: [Float] = array.values() ?? []
                for (place, value) in values.enumerated() { block[slot.offset + place] = value }
            }
        }
        try act(&random)
        try encodeAndDecode()
    }

    /// The graph of actors, some rows at a time.
    private mutating func act(_ random: inout Random) throws {
        let acting = ActingGraph(policy, latentMode: .mean, layoutMode: .noise)
        let chunk = min(kind.rows, 500)
        let plan = try Plan(acting.graph, rows: [.acting: chunk], .cpu())
        let own = ParameterBank(acting.graph.layout)
        bank.withUnsafeBufferPointer { all in
            own.withUnsafeMutableBufferPointer { own in for place in own.indices { own[place] = all[place] } }
        }
        let spec = policy.environment.action
        let width = spec.parameterCount
        let parts = observations(&random)
        let packed = pack(parts)
        let size = policy.stackedObservation.byteCount
        let stateCount = policy.model.core.stateCount
        let states = (0..<kind.rows * stateCount).map { _ in random.number(in: -1...1) }
        let masks = acting.mask == nil ? [] : (0..<kind.rows).flatMap { _ in spec.parts.flatMap { random.mask($0) } }
        var (logits, next): ([Float], [Float]) = ([], [])
        for first in stride(from: 0, to: kind.rows, by: chunk) {
            plan.writeBytes(acting.observation) { $0.copyBytes(from: packed[first * size..<(first + chunk) * size]) }
            if let core = acting.core {
                plan.write(core.ports.initial) { _ = $0.update(fromContentsOf: states[first * stateCount..<(first + chunk) * stateCount]) }
                plan.write(core.ports.reset) { $0.update(repeating: 0) }
            }
            if let mask = acting.mask {
                plan.write(mask.port) { _ = $0.update(fromContentsOf: masks[first * width..<(first + chunk) * width]) }
            }
            plan.run(.forward, with: own)
            logits += plan.read(acting.logits) { Array($0) }
            if let core = acting.core { next += plan.read(core.states) { Array($0) } }
        }
        given = parts
        if stateCount > 0 {
            given.append(NamedArray("state", shape: [kind.rows, stateCount], states))
            expected.append(NamedArray("next_state", shape: [kind.rows, stateCount], next))
        }
        if acting.mask != nil { given.append(NamedArray("mask", shape: [kind.rows, width], masks)) }
        choose(logits, width)
    }

    /// As an actor's sampler does, greedily.
    private mutating func choose(_ logits: [Float], _ width: Int) {
        let rows = kind.rows
        switch policy.environment.action {
        case .discrete, .multiDiscrete:
            let parts = policy.environment.action.parts
            var actions = [Int32](repeating: 0, count: rows * parts.count)
            var logProbabilities = logits
            // How far the best is above the next: where that is rounding, another order of sums may choose the other.
            var margins = [Float](repeating: .infinity, count: rows)
            for row in 0..<rows {
                var first = row * width
                for (part, count) in parts.enumerated() {
                    let own = Array(logits[first..<first + count])
                    own.withUnsafeBufferPointer { starling_argmax($0.baseAddress, 1, Int32(count), &actions[row * parts.count + part]) }
                    let sorted = own.sorted(by: >)
                    margins[row] = min(margins[row], count > 1 ? sorted[0] - sorted[1] : .infinity)
                    let sum = log(own.reduce(0.0) { $0 + exp(Double($1) - Double(sorted[0])) }) + Double(sorted[0])
                    for place in 0..<count { logProbabilities[first + place] = Float(Double(own[place]) - sum) }
                    first += count
                }
            }
            expected.append(NamedArray("action", shape: parts.count == 1 ? [rows] : [rows, parts.count], actions))
            expected.append(NamedArray("margin", margins))
            if let values = kind.values {
                // Of a dueling head the logits are advantages: `encodeAndDecode` has Q.
                if !values.isDueling { expected.append(NamedArray("action_values", shape: [rows, width], logits)) }
            } else {
                expected.append(NamedArray("log_probabilities", shape: [rows, width], logProbabilities))
            }
        case .continuous(let low, let high):
            let count = low.count
            var actions = [Float](repeating: 0, count: rows * count)
            starling_squash_actions(
                logits, Int32(width), Int32(rows), Int32(count), policy.model.actionDistribution.squash, low, high, &actions)
            func part(_ offset: Int) -> [Float] { (0..<rows * count).map { logits[$0 / count * width + offset + $0 % count] } }
            for (name, values) in [("action", actions), ("mean", part(0)), ("log_deviation", part(count))] {
                expected.append(NamedArray(name, shape: [rows, count], values))
            }
        }
    }

    /// The graph that learns, of some rows.
    private mutating func encodeAndDecode() throws {
        let rows = Self.encodedRows
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .acting)
        let posterior = policy.encode(&g, x)
        let mean = g.output("mean", posterior.mean)
        var outputs = [("encoded.mean", mean), ("encoded.scaled", g.output("scaled", policy.seen(&g, x)))]
        if let logVariance = posterior.logVariance { outputs.append(("encoded.log_variance", g.output("logVariance", logVariance))) }
        if let decoded = policy.decodedMean(&g, posterior.mean) { outputs.append(("decoded.scaled", g.output("decoded", decoded))) }
        var mask: ActionMask?
        if let values = kind.values, values.isDueling {
            mask = ActionMask(&g, policy.environment, .acting)
            outputs.append(("action_values", g.output("values", values.grow(&g, policy, posterior.mean, mask: mask))))
        }
        let plan = try Plan(g, rows: [.acting: rows], .cpu())
        if let mask, let all = given.first(where: { $0.name == "mask" }) {
            plan.write(mask.port) { _ = $0.update(fromContentsOf: all.bytes.prefix($0.count)) }
        }
        let size = policy.stackedObservation.byteCount
        let packed = pack(given.filter { $0.name.hasPrefix("observation") })
        plan.writeBytes(port) { $0.copyBytes(from: packed.prefix(rows * size)) }
        plan.run(.forward, with: bank)
        for (name, port) in outputs {
            expected.append(NamedArray(name, shape: [rows] + port.node.shape.dims, plan.read(port) { Array($0) }))
        }
        expected.append(NamedArray("latent", shape: [rows, policy.model.latentCount], plan.read(mean) { Array($0) }))
    }

    private static let encodedRows = 100

    /// One array of each part.
    private func observations(_ random: inout Random) -> [NamedArray] {
        let spec = policy.stackedObservation
        let parts = spec.parts.isEmpty ? [ObservationSpec.Part("", spec.shape, spec.scalar)] : spec.parts
        return parts.map { part in
            let name = part.name.isEmpty ? "observation" : "observation.\(part.name)"
            let shape = [kind.rows] + (spec.parts.isEmpty ? policy.architecture.observationDims : part.shape)
            let count = kind.rows * part.count
            guard part.scalar == .uint8 else {
                return NamedArray(name, shape: shape, (0..<count).map { _ in random.number(in: -2...2) })
            }
            let branch = policy.architecture.branches.first { $0.name == part.name } ?? policy.architecture.branches[0]
            let isBinary = branch.likelihood == .bernoulli
            let limit = policy.model.embedding != nil ? policy.environment.observationLimit : isBinary ? 1 : 255
            return NamedArray(name, shape: shape, (0..<count).map { _ in UInt8(random.next() % (UInt64(limit) + 1)) })
        }
    }

    /// As unrolls hold them: of several parts frame by frame, the parts one after the other.
    private func pack(_ parts: [NamedArray]) -> [UInt8] {
        guard parts.count > 1 else { return parts[0].bytes }
        let (frames, frame) = (policy.model.frameStack, policy.environment.observation)
        var packed = [UInt8](repeating: 0, count: kind.rows * frames * frame.byteCount)
        for (index, part) in frame.parts.enumerated() {
            let (size, offset) = (part.byteCount, frame.offset(ofPart: index))
            for place in 0..<kind.rows * frames {
                packed.replaceSubrange(
                    place * frame.byteCount + offset..<place * frame.byteCount + offset + size,
                    with: parts[index].bytes[place * size..<(place + 1) * size])
            }
        }
        return packed
    }

    /// Everything that a check in Python reads.
    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func save(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: name)) }
        let portable = try PortablePolicy(policy, values: kind.values, about: ["recipe": "of a test"])
        let models = [("acting", portable.acting), ("encoder", portable.encoder)] + (portable.decoder.map { [("decoder", $0)] } ?? [])
        for (name, model) in models {
            try save("\(name).onnx", ONNXFile.bytes(model, name: kind.name, parameters: parameters, about: portable.words))
        }
        try save("policy.json", Array(portable.json.utf8))
        try save("module.py", Array(TorchFile.text(portable, weights: "module.safetensors", withAutoencoder: true).utf8))
        let arrays = try PortableModel.parameters(of: models.map(\.1), in: parameters)
        try save("module.safetensors", SafetensorsFile(arrays).encoded())
        // What no encoder sees nobody is asked for.
        let hidden = policy.architecture.branches.filter { $0.encoder == nil }.compactMap(\.name).map { "observation.\($0)" }
        try save("given.safetensors", SafetensorsFile(given.filter { !hidden.contains($0.name) }).encoded())
        try save("expected.safetensors", SafetensorsFile(expected).encoded())
    }
}

/// SplitMix64.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Seed.finalize(state)
    }

    mutating func number(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) / 0x1p24
    }

    /// One at least may be taken.
    mutating func mask(_ count: Int) -> [UInt8] {
        var mask = (0..<count).map { _ in UInt8(next() >> 63) }
        mask[Int(next() % UInt64(count))] = 1
        return mask
    }
}
