import CStarlingKernels
import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingPlanning

/// A plan of continuous actions for each row by the cross-entropy method, its candidates rolled out with the learned model.
final class CrossEntropyPlanner {
    /// Mean and log σ of the first action of each plan.
    let improved: UnsafePointer<Float>  // [rows, 2K]
    private let head: UnsafeMutablePointer<Float>
    private let method: CrossEntropyMethod
    private let stepping: Plan
    private let states: UnsafeMutablePointer<Float>  // [rows · candidates, Z + S]
    private let actions: UnsafeMutablePointer<Float>  // [rows · candidates, K]
    private let next: UnsafePointer<Float>
    private let rewards: UnsafePointer<Float>
    private let endings: UnsafePointer<Float>
    private let values: UnsafePointer<Float>
    /// What is left of a candidate's discounts, `[rows · candidates]`.
    private let remaining: UnsafeMutablePointer<Float>
    private let root: PlanRoot
    private let worth: StepWorth
    private let stateCount: Int
    private let isSquashed: Bool
    /// Standard normal numbers, the same for every plan.
    private let normals: [Float]

    init(
        _ spec: PlanningSpec.CrossEntropy, discount: Float, _ policy: LatentPolicy, _ dynamics: LatentDynamics,
        _ layoutMode: ActingSpec.LatentMode, rows: Int, _ root: PlanRoot, _ compute: ComputeContext
    ) throws(ComputeError) {
        (self.root, worth) = (root, StepWorth(discount: discount))
        stateCount = dynamics.stateCount
        isSquashed = policy.model.actionDistribution == .tanhGaussian
        var settings = CrossEntropyMethod.Settings()
        (settings.horizon, settings.candidates, settings.elites) = (spec.horizon, spec.candidates, spec.elites)
        (settings.iterations, settings.leastDeviation) = (spec.iterations, spec.leastDeviation)
        method = CrossEntropyMethod(settings, plans: rows, width: dynamics.actionCount)
        let graph = PlanningGraph(policy, dynamics, layoutMode: layoutMode)
        let stepping = try Plan(graph.stepping, rows: [.acting: rows * spec.candidates], compute)
        self.stepping = stepping
        states = stepping.write(graph.state) { $0.baseAddress! }
        actions = stepping.write(graph.action) { $0.baseAddress! }
        func place(_ port: Port<Float>) -> UnsafePointer<Float> { stepping.read(port) { $0.baseAddress! } }
        (next, rewards, endings, values) = (place(graph.next[0]), place(graph.rewards[0]), place(graph.endings[0]), place(graph.values[0]))
        remaining = .allocate(capacity: rows * spec.candidates)
        remaining.initialize(repeating: 1, count: rows * spec.candidates)
        head = .allocate(capacity: rows * 2 * dynamics.actionCount)
        head.initialize(repeating: 0, count: rows * 2 * dynamics.actionCount)
        improved = UnsafePointer(head)
        normals = Self.makeNormals(sequences: spec.iterations * spec.candidates, width: spec.horizon * dynamics.actionCount)
    }

    deinit {
        head.deallocate()
        remaining.deallocate()
    }

    /// Of one seed, so that a plan is a function of where it begins.
    private static func makeNormals(sequences: Int, width: Int) -> [Float] {
        var normals = [Float](repeating: 0, count: sequences * width)
        let keys = [UInt64](repeating: SeedPurpose.planning, count: sequences)
        let (steps, environments) = ((0..<UInt64(sequences)).map(\.self), [UInt32](repeating: 0, count: sequences))
        starling_gaussian(keys, steps, environments, Draw.action, Int32(sequences), Int32(width), &normals)
        return normals
    }

    func run(rows: Int, with parameters: ParameterBank) {
        let (settings, width) = (method.settings, method.width)
        let (candidates, span) = (settings.candidates, settings.horizon * method.width)
        var drawn = 0
        let round = candidates * span
        let plans = method.run(plans: rows) {
            // Each row's candidates are made of the same numbers.
            defer { drawn += 1 }
            let iteration = drawn / (rows * round)
            return normals[iteration * round + drawn % round]
        } evaluate: { sequences, returns in
            evaluate(sequences, returns, rows: rows, with: parameters)
        }
        let spread = method.spread
        for row in 0..<rows {
            for number in 0..<width {
                let (mean, deviation) = (plans[row * span + number], spread[row * span + number])
                head[row * 2 * width + number] = isSquashed ? atanhf(min(0.99, max(-0.99, mean))) : mean
                let bounds = ActionDistribution.logDeviationBounds
                head[row * 2 * width + width + number] = min(bounds.upperBound, max(bounds.lowerBound, logf(deviation)))
            }
        }
    }

    /// What the model says that sequences of actions come to, V of where they end included.
    private func evaluate(
        _ sequences: UnsafeBufferPointer<Float>, _ returns: UnsafeMutableBufferPointer<Float>, rows: Int, with parameters: ParameterBank
    ) {
        let (settings, width, count) = (method.settings, method.width, rows * method.settings.candidates)
        let span = settings.horizon * width
        for candidate in 0..<count {
            let row = candidate / settings.candidates
            (states + candidate * stateCount).update(from: root.states + row * stateCount, count: stateCount)
            (remaining[candidate], returns[candidate]) = (1, 0)
        }
        for step in 0..<settings.horizon {
            if step > 0 { states.update(from: next, count: count * stateCount) }
            for candidate in 0..<count {
                for number in 0..<width { actions[candidate * width + number] = sequences[candidate * span + step * width + number] }
            }
            stepping.run(.forward, with: parameters, rows: count)
            for candidate in 0..<count {
                returns[candidate] += remaining[candidate] * worth.reward(rewards[candidate])
                remaining[candidate] *= worth.discount(ending: endings[candidate])
            }
        }
        for candidate in 0..<count { returns[candidate] += remaining[candidate] * values[candidate] }
    }
}
