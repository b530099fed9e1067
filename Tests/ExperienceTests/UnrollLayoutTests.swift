import StarlingExperience
import Testing

@Suite struct UnrollLayoutTests {
    static func layout(
        _ T: Int, _ E: Int, _ observation: ObservationSpec, actions: Int, _ model: ModelSpec = .plain
    ) -> UnrollLayout {
        UnrollLayout(
            environment: EnvironmentSpec(name: "any", observation: observation, action: .discrete(actions)),
            model: model,
            acting: ActingSpec(latentMode: .mean, unrollLength: T, environmentsPerUnroll: E))
    }

    static let layouts = [
        layout(1, 1, ObservationSpec(shape: [1], scalar: .uint8), actions: 1),
        layout(20, 8, ObservationSpec(shape: [4]), actions: 2),
        layout(5, 3, ObservationSpec(shape: [4, 10, 10], scalar: .uint8), actions: 6),
        layout(7, 1, ObservationSpec(shape: []), actions: 3),
        UnrollLayout(
            environment: EnvironmentSpec(
                name: "any", observation: ObservationSpec(shape: [3]), action: .continuous(low: [0, 0, 0], high: [1, 1, 1])),
            model: .plain, acting: ActingSpec(latentMode: .mean, unrollLength: 5, environmentsPerUnroll: 3)),
        layout(6, 5, ObservationSpec(shape: [7], scalar: .uint8), actions: 2, .plain.stacking(4)),
        layout(3, 2, ObservationSpec(shape: [3]), actions: 2, .plain.stacking(1, core: .gru(5))),
        layout(1, 3, ObservationSpec(shape: [3]), actions: 4, .plain.stacking(3, core: .lstm(7))),
        UnrollLayout(
            environment: EnvironmentSpec(
                name: "any", observation: ObservationSpec(shape: [3]), action: .discrete(7), masksActions: true),
            model: .plain.stacking(1, core: .gru(5)), acting: ActingSpec(latentMode: .mean, unrollLength: 5, environmentsPerUnroll: 3)),
    ]

    @Test(arguments: layouts) func sectionsAreAlignedAndTight(layout: UnrollLayout) {
        let steps = layout.stepCount
        var sections = [
            (layout.observationOffset, (layout.unrollLength + layout.frameStack) * layout.observationRowByteCount),
            (layout.actionOffset, steps * 4 * layout.actionWidth), (layout.rewardOffset, steps * 4),
            (layout.logProbabilityOffset, steps * 4),
            (layout.logitsOffset, steps * 4 * layout.actionParameterCount), (layout.kindOffset, steps),
            (layout.coreStateOffset, layout.environmentCount * layout.coreStateCount * 4),
        ]
        // Only where there are any: what is absent is at the end.
        let masks = (layout.actionMaskOffset, (steps + layout.environmentCount) * layout.actionMaskWidth)
        if masks.1 > 0 { sections.insert(masks, at: 6) }
        let ends = sections.dropFirst().map(\.0) + [layout.byteCount]
        for ((offset, size), end) in zip(sections, ends) {
            #expect(offset % 64 == 0)
            #expect(end - offset - size >= 0 && end - offset - size < 64, "no overlap, no more than padding")
        }
        #expect(layout.byteCount % 64 == 0)
    }

    @Test func theWireFormOfCartPole() {
        let layout = Self.layouts[1]
        #expect(layout.actionOffset == 21 * 8 * 16)
        #expect(layout.byteCount == 2688 + 3 * 640 + 1280 + 192)
    }

    /// What is written row by row is read back at `[t · E + e]`, and no row touches another.
    @Test(arguments: layouts) func rowsAreWhereTheSectionsSay(layout: UnrollLayout) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE)
        let (rows, view) = (MutableUnrollView(layout, memory.baseAddress!), UnrollView(layout, memory.baseAddress!))
        let (T, E, A) = (layout.unrollLength, layout.environmentCount, layout.actionParameterCount)
        let K = layout.actionWidth
        for t in 0...T {
            for i in rows.observations(at: t).indices { rows.observations(at: t)[i] = UInt8(truncatingIfNeeded: t * 31 + i) }
        }
        for t in 0..<T {
            for e in 0..<E {
                if K == 1 { rows.actions(at: t)[e] = Int32(t * E + e) }
                for k in 0..<K where K > 1 { rows.samples(at: t)[e * K + k] = Float((t * E + e) * K + k) - 0.5 }
                rows.rewards(at: t)[e] = Float(t * E + e) + 0.25
                rows.behaviorLogProbabilities(at: t)[e] = -Float(t * E + e)
                rows.kinds(at: t)[e] = UInt8((t * E + e) % 4)
                for a in 0..<A { rows.behaviorLogits(at: t)[e * A + a] = Float((t * E + e) * A + a) + 0.5 }
            }
        }
        let (H, S) = (layout.frameStack - 1, layout.coreStateCount)
        for i in 0..<H * layout.observationRowByteCount { rows.opening[i] = UInt8(truncatingIfNeeded: 200 + i) }
        for i in 0..<E * S { rows.coreStates[i] = Float(i) - 0.5 }
        let steps = 0..<T * E
        #expect(K > 1 || steps.allSatisfy { view.actions[$0] == Int32($0) })
        #expect(K == 1 || (0..<T * E * K).allSatisfy { view.samples[$0] == Float($0) - 0.5 })
        #expect(steps.allSatisfy { view.rewards[$0] == Float($0) + 0.25 })
        #expect(steps.allSatisfy { view.behaviorLogProbabilities[$0] == -Float($0) })
        #expect(steps.allSatisfy { view.kinds[$0] == UInt8($0 % 4) })
        #expect((0..<T * E * A).allSatisfy { view.behaviorLogits[$0] == Float($0) + 0.5 })
        for t in 0...T {
            let row = view.observations(at: t)
            #expect(row.indices.allSatisfy { row[$0] == UInt8(truncatingIfNeeded: t * 31 + $0) })
        }
        #expect(view.observations.count == (T + 1) * layout.observationRowByteCount)
        #expect(view.frames.count == (H + T + 1) * layout.observationRowByteCount)
        #expect((0..<H * layout.observationRowByteCount).allSatisfy { view.frames[$0] == UInt8(truncatingIfNeeded: 200 + $0) })
        #expect(view.coreStates.count == E * S && (0..<E * S).allSatisfy { view.coreStates[$0] == Float($0) - 0.5 })
        let padding = layout.coreStateOffset + E * S * 4..<layout.byteCount
        #expect(memory[padding].allSatisfy { $0 == 0xEE })
    }
}
