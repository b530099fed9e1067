import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingTraining
import Testing

/// Mistakes in a design are refused before training, each by what and where.
@Suite struct DesignErrorTests {
    private func refusal(_ change: (inout TrainingDesign) -> Void) -> String {
        let context = Chain.context()
        var design = TrainingDesign([Phase([Regression()])], context)
        change(&design)
        let error = #expect(throws: DesignError.self) { _ = try Trainer(design, context) }
        return error?.description ?? ""
    }

    @Test func anUnknownGroup() {
        let words = refusal { $0.phases[0].groups = ["critc"] }
        #expect(words.contains("critc") && words.contains("the groups are all"))
    }

    @Test func aMisspeltModule() {
        let words = refusal { $0.groups = [TrainedGroup(ParameterGroup("all", modules: ["valu"]), OptimizerSettings())] }
        #expect(words.contains("valu,") && words.contains("encoder, policy, value"))
    }

    @Test func aParameterOfTwoGroups() {
        let words = refusal { $0.groups.append(TrainedGroup(ParameterGroup("critic", modules: ["value"]), OptimizerSettings())) }
        #expect(words.contains("all and critic both have value."))
    }

    @Test func aParameterThatTheDesignDoesNotDeclare() {
        struct Bias: Objective {
            var metrics: [Metric] { [Regression.loss] }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
                [Term(Regression.loss, g.sum(g.square(g.parameter("own.bias", [3], .zeros)), over: .features), weight: 1)]
            }
        }
        #expect(refusal { $0.phases = [Phase([Bias()])] }.contains("own.bias: declare it in the objective's `declare`"))
    }

    @Test func aTargetBankThatNothingMoves() {
        struct Distance: Objective {
            var metrics: [Metric] { [Regression.loss] }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
                let (policy, x) = (pass.policy, pass.observation)
                let target = g.reading(from: .target) { policy.mean(&$0, x) }
                let distance = g.sum(g.square(g.subtract(pass.posterior.mean, target)), over: .features)
                return [Term(Regression.loss, pass.mean(&g, distance), weight: 1)]
            }
        }
        let words = refusal { $0.phases = [Phase([Distance()])] }
        #expect(words.contains("no group has a target: give a TrainedGroup of the design its `target`"))
    }

    @Test func aTermWhoseMetricIsNotListed() {
        struct Silent: Objective {
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
                [Term(Regression.loss, pass.mean(&g, pass.value(&g)), weight: 1)]
            }
        }
        let words = refusal { $0.phases = [Phase([Silent()])] }
        #expect(words.contains("Silent") && words.contains("regression"))
    }

    @Test func aPhaseWithoutALoss() {
        struct Idle: Objective {
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] { [] }
        }
        #expect(refusal { $0.phases = [Phase([Idle()])] }.contains("Idle"))
    }

    @Test func twoMetricsOfOneName() {
        struct Other: Objective {
            var metrics: [Metric] { [Metric("regression", "reward", "Another.")] }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] { [] }
        }
        let words = refusal { $0.phases = [Phase([Regression(), Other()])] }
        #expect(words.contains("Regression and Other each have a metric regression") && words.contains("give yours another name"))
    }

    @Test func aTermThatIsANumberPerRow() {
        struct PerRow: Objective {
            var metrics: [Metric] { [Regression.loss] }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] { [Term(Regression.loss, pass.value(&g), weight: 1)] }
        }
        let words = refusal { $0.phases = [Phase([PerRow()])] }
        #expect(words.contains("the term regression of PerRow is [unroll]") && words.contains("pass.mean(&g, row)"))
    }

    @Test func aCellWithoutRoomForItsLabel() {
        struct Wordy: Objective {
            var metrics: [Metric] { [Metric("wordy", "1", "Long.", cell: Metric.Cell("a label of twenty-five ch"))] }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] { [] }
        }
        #expect(refusal { $0.phases = [Phase([Regression(), Wordy()])] }.contains("the metric wordy of Wordy has the cell label"))
    }

    /// A module of its own is declared, grown, moved, and may give outputs of its own to targets of minibatches.
    @Test func aModuleOfItsOwnIsTrainedInMinibatches() throws {
        struct OwnHead: Objective {
            let head: ModelPart
            static let output = RowOutput("own")
            var metrics: [Metric] { [Regression.loss] }
            func declare(_ g: inout Graph, _ policy: LatentPolicy) { head.declare(&g) }
            func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
                let value = g.sum(head(&g, pass.valueFeatures), over: .features)
                pass.output(&g, Self.output, value)
                let error = g.subtract(value, pass.target(&g, Regression.target))
                return [Term(Regression.loss, pass.mean(&g, g.square(error)), weight: 1)]
            }
            func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
                let (targets, own) = (step.target(Regression.target), step.read(Self.output))
                for row in targets.indices { targets[row] = own[row] + 1 }
            }
        }
        let context = Chain.context()
        let head = context.policy.head("own", hidden: [4], output: 1)
        let design = TrainingDesign(
            groups: [TrainedGroup(ParameterGroup("own", modules: ["own"]), context.optimizer)],
            phases: [Phase([OwnHead(head: head)], from: .minibatches(rows: 5, epochs: 2), moving: ["own"])])
        let trainer = try Trainer(design, context)
        let before = trainer.values
        Chain.load(trainer, context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: 0, &metrics)
        for slot in trainer.layout.slots {
            let range = slot.offset..<slot.offset + slot.count
            #expect((trainer.values[range] == before[range]) == (slot.module != "own"), "\(slot.name)")
        }
        #expect(trainer.maximumLogRatio(columns: 0..<2) == nil)
    }
}
