import Glibc
public import StarlingEnvironments
public import StarlingExperience
import StarlingCompute

/// The training of an autoencoder as a task: an episode is one training of so many updates, and an action, before each of as many
/// stretches, multiplies its learning rate (and, where that is asked for, β, the gradients' largest norm or the rule of updates).
///
/// Each episode has an instance of its own: initial parameters, batches, sizes, and an initial rate of 10^U(−4, −1). The reward of a
/// decision is what the ELBO of the validation's pictures has gained since the last one, at β = 1 and by the same noise whenever, nats: so no β
/// can be chosen to please the reward, and undiscounted rewards add up to what the whole training gained. With a reference what a cosine
/// gains on the same instance is taken off, decision by decision: what instances differ in is gone from the returns, and among trainings
/// that go to their end no choice is better or worse for it. A training that diverges, to what is no number or to ten times what it
/// began at, ends with −|ELBO₀|/5, of which nothing is taken off. (Learned schedules: Xu, Dai, Kemp & Metz 2019, "Learning an adaptive
/// learning rate schedule"; Daniel, Taylor & Nowozin 2016, "Learning step size controllers for robust neural network training".)
///
/// Observation: 13 numbers that know no scale, see `RunStatistics`; time is among them.
public struct TrainingRun: Environment {
    package static let name = "TrainingRun"
    /// Of z for each picture of the validation, when a decision is judged.
    static let samples = 4
    private static let divergedFactor = 10.0

    /// What all episodes of one environment have in common.
    package struct Settings: Hashable, Sendable {
        package var part = TrainingInstance.Part.train
        package var architecture = TrainingInstance.Architecture.mixed
        package var factors: [ControlFactor] = [.rate]
        /// Initial rate of the cosine whose gains on the same instance are taken off the rewards; 0: none are.
        package var reference: Float = 0
        /// `K` of an episode.
        package var decisions = 20
        /// Updates between one and the next.
        package var updatesPerDecision = 30
        package var data = TrainingData.usualName

        package init() {}
    }

    private let settings: Settings
    private let source: @Sendable () throws -> TrainingData
    private var trainings: TrainingFactory?
    private var current: Course?

    package init(_ settings: Settings) { self.init(settings) { try TrainingData.named(settings.data) } }

    package init(_ settings: Settings, on data: @escaping @Sendable () throws -> TrainingData) {
        (self.settings, source) = (settings, data)
    }

    public var observationShape: [Int] { [RunStatistics.count] }
    public var action: ActionSpec { .discrete(settings.factors.actionCount) }

    public mutating func prepare() throws { trainings = TrainingFactory(try source()) }

    /// One episode.
    private struct Course {
        let training: InnerTraining
        var statistics: RunStatistics
        var controls: Controls
        var judgement: InnerTraining.Judgement
        let firstElbo: Double
        var decisions = 0
        /// After each decision.
        var rates: [Float]
        /// What is taken off the reward of each decision, nats.
        let reference: [Double]
    }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        guard let trainings else { fatalError("a training run that was not prepared") }
        let instance = TrainingInstance(episode: seed, settings.part, settings.architecture)
        let reference = settings.reference > 0 ? Schedule.cosine(settings.reference).gains(instance, trainings, settings) : []
        let training = trainings.makeTraining(of: instance)
        let controls = Controls(rate: instance.rate)
        let judgement = training.judged(on: trainings.data.validation, samples: Self.samples)
        let course = Course(
            training: training,
            statistics: RunStatistics(first: training.measure(controls), parameterCount: training.model.plan.layout.count),
            controls: controls, judgement: judgement, firstElbo: judgement.elbo, rates: [controls.rate],
            reference: reference)
        course.statistics.write(0, controls, judgement, into: &observation)
        current = course
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        guard var course = current.take(), let trainings else { fatalError("a step before the first reset") }
        defer { current = course }
        settings.factors.apply(action, to: &course.controls)
        course.decisions += 1
        course.rates.append(course.controls.rate)
        let progress = Double(course.decisions) / Double(settings.decisions)
        let before = course.judgement
        let crash = StepResult(reward: Float(course.firstElbo / 5), ending: .terminated)
        for _ in 0..<settings.updatesPerDecision {
            let told = course.training.step(course.controls)
            guard told.isFinite else {
                course.statistics.write(progress, course.controls, before, into: &observation)
                return crash
            }
            let model = course.training.model
            model.plan.read(model.gradients) { course.statistics.note(told, $0) }
        }
        course.statistics.close()
        let judgement = course.training.judged(on: trainings.data.validation, samples: Self.samples)
        guard judgement.elbo >= Self.divergedFactor * course.firstElbo else {
            course.statistics.write(progress, course.controls, before, into: &observation)
            return crash
        }
        course.judgement = judgement
        course.statistics.write(progress, course.controls, judgement, into: &observation)
        let usual = course.reference.indices.contains(course.decisions - 1) ? course.reference[course.decisions - 1] : 0
        return StepResult(
            reward: Float(judgement.elbo - before.elbo - usual), ending: course.decisions == settings.decisions ? .terminated : .none)
    }

    /// How the rate went, and where the bound is.
    public var picture: Picture? {
        guard let course = current else { return nil }
        let lines = (0...settings.decisions).map { decision in
            guard decision < course.rates.count else { return "" }
            let rate = Double(course.rates[decision])
            let length = Int((8 * (log10(rate) + 6)).rounded())
            return "\(Self.padded("\(decision * settings.updatesPerDecision)", 5)) "
                + String(repeating: "#", count: max(0, min(48, length)))
        }
        let bound = (course.judgement.elbo * 100).rounded() / 100
        let all = ["update, and the learning rate from 1e-6 to 1; ELBO \(bound) nats"] + lines
        let width = all.map(\.count).max() ?? 0
        return .text(all.map { $0 + String(repeating: " ", count: width - $0.count) })
    }

    private static func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
}
