import Foundation
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import Testing

/// What people look at of a policy whose every number is known.
@Suite struct ViewTests {
    /// μ = x of two numbers, the first of which varies ten times as much and alone decides the action; V is the second.
    private func view(
        _ extent: LatentViewer.Extent = .whole, showsValues: Bool = true, _ change: (inout ModelSpec) -> Void = { _ in }
    ) throws -> LatentView {
        var model = ModelSpec(
            encoder: .dense([]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: 0.1), representation: .vae, observationScale: [])
        change(&model)
        let policy = LatentPolicy(
            model: model,
            environment: EnvironmentSpec(name: "plane", observation: ObservationSpec(shape: [2]), action: .discrete(2)))
        let bank = ParameterBank(policy.layout)
        bank.withUnsafeMutableBufferPointer { block in
            for (name, values) in [
                "encoder.mean.weight": [1, 0, 0, 1], "encoder.logVariance.bias": [-4, -4], "decoder.output.weight": [2, 0, 0, 3],
                "policy.logits.weight": [5, 0, 0, 0], "value.output.weight": [0, 1],
            ] as [String: [Float]] {
                guard let slot = policy.layout.slot(named: name) else { continue }
                for (place, value) in values.enumerated() { block[slot.offset + place] = value }
            }
        }
        let observations = gaussians(2 * 800, seed: 1).enumerated().map { $0.offset % 2 == 0 ? $0.element : 0.1 * $0.element }
        return try observations.withUnsafeBytes {
            try LatentViewer(policy, extent, showsValues: showsValues).view(bank, observations: $0, seed: 3)
        }
    }

    private func numbers(_ sight: LatentView.Sight) -> [Float] {
        guard case .numbers(let values)? = sight.first else { return [] }
        return values
    }

    @Test func latentsMapAndFlipsAreThoseOfTheModel() throws {
        let view = try view()
        #expect(view.count == 800 && view.parts == [""] && view.policyKind == .probabilities)
        #expect(view.latents.map(\.index) == [0, 1])
        // Two deviations move a normal number over 0 with probability ½ − Φ(−2).
        #expect(abs(view.latents[0].flips - 0.477) < 0.06 && view.latents[1].flips == 0)
        let told = try #require(view.latents[0].information)
        #expect(told > 1.5 && told < 2.3)
        #expect(view.mapShares[0] > 0.98 && abs(view.mapShares[0] + view.mapShares[1] - 1) < 1e-6)
        #expect(view.map.allSatisfy { abs($0.y) < 0.6 && abs(abs($0.y) - abs($0.value ?? 9)) < 0.05 })
        let sides = Set(view.map.filter { abs($0.x) > 0.5 }.map { "\($0.x > 0) \($0.action ?? -1)" })
        #expect(sides.count == 2)
    }

    @Test func traversalsInterpolationsAndPairsAreDecoded() throws {
        let view = try view()
        let first = try #require(view.traversals.first)
        #expect(first.latent == 0 && first.values.count == 9 && abs(first.values[4]) < 0.1)
        let decoded = try #require(first.decoded).map(numbers)
        for (value, shown) in zip(first.values, decoded) { #expect(abs(shown[0] - 2 * value) < 2e-3) }
        #expect(Set(decoded.map { $0[1] }).count == 1)
        for shares in first.policy { #expect(abs(shares.reduce(0, +) - 1) < 2e-3) }
        #expect(first.policy[0][0] < 0.01 && first.policy[8][0] > 0.99)
        #expect(view.pairs.count == 100)
        for pair in view.pairs {
            let (seen, made) = (numbers(pair.seen), numbers(try #require(pair.decoded)))
            #expect(abs(made[0] - 2 * seen[0]) < 3e-3 && abs(made[1] - 3 * seen[1]) < 3e-3)
        }
        #expect(view.interpolations.count == 4 && view.priorSamples.count == 16)
        let way = try #require(view.interpolations.first).map { numbers($0)[0] }
        #expect(way.first == numbers(try #require(view.pairs[0].decoded))[0])
        let steps = zip(way, way.dropFirst()).map { $1 - $0 }
        for step in steps { #expect(abs(step - steps[0]) < 3e-3) }
    }

    @Test func itGoesThroughJSONAndDoesWithoutADecoder() throws {
        let view = try view()
        let copy = try JSONDecoder().decode(LatentView.self, from: JSONEncoder().encode(view))
        #expect(copy == view)
        let without = try self.view { $0.representation = .none }
        #expect(without.pairs.allSatisfy { $0.decoded == nil } && without.interpolations.isEmpty && without.priorSamples.isEmpty)
        #expect(without.traversals.count == 2 && without.traversals[0].decoded == nil && without.latents[0].divergence == nil)
        #expect(without.latents[0].index == 0)
        let recurrent = try self.view { $0.core = .lstm(3) }
        #expect(recurrent.map.count == 800)
    }

    /// Pixels as they were, of a stack the newest frame, with the darkest of what is seen black.
    @Test func picturesAreShown() throws {
        var model = ModelSpec.nature
        (model.encoder, model.decoder, model.frameStack, model.latentCount) = (.dense([4]), .dense([4]), 2, 2)
        let policy = LatentPolicy(
            model: model,
            environment: EnvironmentSpec(
                name: "pixels", observation: ObservationSpec(shape: [1, 2, 2], scalar: .uint8), action: .continuous(low: [-1], high: [1])))
        let frames: [UInt8] = [9, 9, 9, 9, 0, 51, 102, 255]
        let view = try frames.withUnsafeBytes {
            try LatentViewer(policy, .whole).view(ParameterBank(policy.layout, seed: 1), observations: $0)
        }
        #expect(view.policyKind == .means && view.map.count == 1 && view.map[0].action == nil && view.interpolations.isEmpty)
        guard case .picture(let width, let height, let colours, let pixels) = view.pairs[0].seen[0] else {
            Issue.record("no picture")
            return
        }
        #expect((width, height, colours) == (2, 2, 1))
        #expect(Array(pixels) == [0, 51, 102, 255])
    }

    /// Beside the training less is looked at, and what is shown is the same.
    @Test func aGlanceShowsTheSame() throws {
        let (whole, live) = try (view(), view(.live))
        #expect(live.count == 256 && live.interpolations.isEmpty && live.priorSamples.isEmpty && live.pairs.count == 100)
        #expect(live.latents.map(\.index) == whole.latents.map(\.index) && live.traversals.count == 2)
        #expect(abs((live.latents[0].divergence ?? 0) / (whole.latents[0].divergence ?? 1) - 1) < 0.1)
        let decoded = try #require(live.traversals[0].decoded).map(numbers)
        for (value, shown) in zip(live.traversals[0].values, decoded) { #expect(abs(shown[0] - 2 * value) < 2e-3) }
        let untrained = try view(.live, showsValues: false)
        #expect(untrained.map.count == 256 && untrained.map.allSatisfy { $0.value == nil && $0.action != nil })
    }

    /// Plans are kept from one set of parameters to the next: each view is that of its own.
    @Test func oneViewerShowsMoreThanOneSetOfParameters() throws {
        let model = ModelSpec(
            encoder: .dense([5]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: 4.0), representation: .vae, observationScale: [])
        let policy = LatentPolicy(
            model: model, environment: EnvironmentSpec(name: "vectors", observation: ObservationSpec(shape: [3]), action: .discrete(2)))
        let observations = (0..<600).map { Float(($0 * 7919) % 101) / 50 - 1 }
        let kept = try LatentViewer(policy, .live)
        let views = try (1...3).map { seed in
            let bank = ParameterBank(policy.layout, seed: UInt64(seed))
            return try observations.withUnsafeBytes { bytes in
                let view = try kept.view(bank, observations: bytes)
                #expect(try view == LatentViewer(policy, .live).view(bank, observations: bytes))
                return view
            }
        }
        #expect(views[0] != views[1] && views[1] != views[2])
    }

    /// Categorical latents are gone along class by class, and of two latents the plane keeps all that there is.
    @Test func classesAndThePlane() throws {
        let codes = try view(.live) { ($0.latentCount, $0.latentClasses) = (6, 3) }
        #expect(codes.latents.count == 2 && codes.traversals.allSatisfy { $0.values == [0, 1, 2] && $0.decoded?.count == 3 })
        let plane = try view(.live)
        #expect(abs(plane.mapShares.reduce(0, +) - 1) < 1e-6 && plane.mapShares[0] >= plane.mapShares[1])
    }
}

extension LatentViewer {
    fileprivate func view(_ bank: ParameterBank, observations: UnsafeRawBufferPointer, seed: UInt64 = 0) throws -> LatentView {
        try bank.withUnsafeBufferPointer { try view(parameters: $0, observations: observations, seed: seed) }
    }
}
