import StarlingExperience
import Testing

@Suite struct UnrollSchemaTests {
    private static let cartPole = EnvironmentSpec(name: "CartPole-v1", observation: ObservationSpec(shape: [4]), action: .discrete(2))
    private static let acting = ActingSpec(latentMode: .mean, unrollLength: 16, environmentsPerUnroll: 10)

    private static func schema(
        _ environment: EnvironmentSpec = cartPole, _ model: ModelSpec = .plain, _ acting: ActingSpec = acting
    ) -> UnrollSchema { UnrollSchema(environment: environment, model: model, acting: acting) }

    /// The examples of the wire's page.
    @Test func columnsLieWhereTheWireSays() {
        let small = UnrollLayout(environment: Self.cartPole, model: .plain, acting: Self.acting)
        #expect(small.offsets == [0, 2752, 3392, 4032, 4672, 5952] && small.byteCount == 6144)
        #expect(small.coreStateOffset == 6144)
        let large = UnrollLayout(environment: Self.cartPole, model: .plain.stacking(3, core: .gru(6)), acting: Self.acting)
        #expect(large.offsets == [0, 3072, 3712, 4352, 4992, 6272, 6464] && large.byteCount == 6720)
        #expect(
            large.schema.columns.map(\.name.rawValue)
                == ["observation", "action", "reward", "log_probability", "logits", "kind", "core_state"])
        #expect([large.actionOffset, large.rewardOffset, large.logProbabilityOffset] == [3072, 3712, 4352])
        #expect([large.logitsOffset, large.kindOffset, large.coreStateOffset] == [4992, 6272, 6464])
    }

    /// Bytes written down from the description, and their XXH64 by another implementation of it.
    @Test func theDigestIsThatOfTheWiresPage() {
        #expect(Self.schema().digest == 0x44B4934FDCB8AA77)
        #expect(Self.schema(Self.cartPole, .plain.stacking(3, core: .gru(6))).digest == 0x94DE3CC227E69E34)
    }

    /// Masks have a row T, because what the next state is worth depends on them; without masks nothing is another.
    @Test func partsAndMasksAreColumnsOfTheirOwn() {
        let environment = EnvironmentSpec(
            name: "hands", observation: ObservationSpec(shape: [4]), action: .multiDiscrete([3, 2]), masksActions: true)
        let layout = UnrollLayout(environment: environment, model: .plain.stacking(1, core: .gru(6)), acting: Self.acting)
        let columns = layout.schema.columns
        #expect(
            columns.map(\.name.rawValue)
                == ["observation", "action", "reward", "log_probability", "logits", "kind", "action_mask", "core_state"])
        #expect(columns[1] == UnrollColumn(.action, .int32, 2, .rows, [.belowParts([3, 2])]))
        #expect(
            columns[6]
                == UnrollColumn(.actionMask, .uint8, 5, .rowsAndBootstrap(history: 0), [.below(2), .allowsAction(parts: [3, 2])]))
        #expect(layout.offsets == [0, 2752, 4032, 4672, 5312, 8512, 8704, 9600] && layout.byteCount == 9856)
        #expect(layout.actionMaskOffset == 8704 && layout.actionMaskWidth == 5 && layout.coreStateOffset == 9600)
    }

    @Test func costsAreAColumnWhereThereAreAny() {
        var environment = Self.cartPole
        (environment.tellsCost, environment.rewardLimit) = (true, 7)
        let layout = UnrollLayout(environment: environment, model: .plain.stacking(1, core: .gru(6)), acting: Self.acting)
        #expect(
            layout.schema.columns.map(\.name.rawValue)
                == ["observation", "action", "reward", "log_probability", "logits", "kind", "cost", "core_state"])
        #expect(layout.schema[.cost] == UnrollColumn(.cost, .float32, 1, .rows, [.within(7)]))
        #expect(layout.offsets == [0, 2752, 3392, 4032, 4672, 5952, 6144, 6784] && layout.byteCount == 7040)
        #expect(layout.costOffset == 6144 && layout.costWidth == 1 && layout.coreStateOffset == 6784)
    }

    @Test func everyFactOfAColumnTells() {
        let own = Self.schema().digest
        var environments = Array(repeating: Self.cartPole, count: 9)
        environments[8].tellsCost = true
        environments[0].observation.shape = [5]
        environments[1].observation.scalar = .uint8
        environments[2].action = .discrete(3)
        environments[3].rewardLimit = 5
        environments[4].action = .continuous(low: [-1], high: [1])
        environments[5].masksActions = true
        environments[6].action = .multiDiscrete([2])
        environments[7].action = .multiDiscrete([2, 2])
        var digests = environments.map { Self.schema($0).digest }
        for rule in ActingRule.allCases where rule != .sample {
            var acting = Self.acting
            acting.rule = rule
            digests.append(Self.schema(Self.cartPole, .plain, acting).digest)
        }
        digests.append(Self.schema(Self.cartPole, .plain.stacking(2)).digest)
        digests.append(Self.schema(Self.cartPole, .plain.stacking(1, core: .gru(2))).digest)
        #expect(Set(digests + [own]).count == digests.count + 1)
        // How many rows an unroll has is told elsewhere.
        #expect(Self.schema(Self.cartPole, .plain, ActingSpec(latentMode: .noise, unrollLength: 3, environmentsPerUnroll: 1)).digest == own)
    }

    /// Where an episode begins, for every pair of rows.
    @Test func episodesBeginAfterTheLastRowOfTheOneBefore() {
        for before in 0...3 as ClosedRange<UInt8> {
            for kind in 0...3 as ClosedRange<UInt8> {
                let isExpected = before == 3 || (before == 1 && kind != 3)
                #expect(StepKind.begins(kind, after: before) == isExpected)
            }
        }
    }
}
