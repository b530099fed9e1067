import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Looks ahead with the learned model from where environments are, and says what to do instead of the policy head.
///
/// It is a function of the states and the parameters: what it draws, it draws alike each time.
enum Planner {
    case search(SearchPlanner)
    case crossEntropy(CrossEntropyPlanner)

    /// - Parameter rows: plans side by side at most.
    /// - Precondition: `spec.fault` is nil.
    init(
        _ spec: PlanningSpec, _ policy: LatentPolicy, layoutMode: ActingSpec.LatentMode, rows: Int, _ root: PlanRoot,
        compute: ComputeContext
    ) throws(ComputeError) {
        if let fault = spec.fault(policy.model, policy.environment.action) { preconditionFailure(fault) }
        let dynamics = LatentDynamics(policy, policy.model.dynamics!)
        switch spec.method {
        case .search(let search):
            self = .search(
                try SearchPlanner(search, discount: spec.discount, policy, dynamics, layoutMode, rows: rows, root, compute))
        case .crossEntropy(let method):
            self = .crossEntropy(
                try CrossEntropyPlanner(method, discount: spec.discount, policy, dynamics, layoutMode, rows: rows, root, compute))
        }
    }

    /// What takes the place of the policy head's, `[rows, A]`; valid after a run.
    var improved: UnsafePointer<Float> {
        switch self {
        case .search(let planner): planner.improved
        case .crossEntropy(let planner): planner.improved
        }
    }

    func run(rows: Int, with parameters: ParameterBank) {
        switch self {
        case .search(let planner): planner.run(rows: rows, with: parameters)
        case .crossEntropy(let planner): planner.run(rows: rows, with: parameters)
        }
    }
}

/// What plans begin with, where an acting plan leaves it.
struct PlanRoot: BitwiseCopyable {
    let states: UnsafePointer<Float>  // [rows, Z + S]
    let values: UnsafePointer<Float>  // [rows]
    let logits: UnsafePointer<Float>  // [rows, A]
}

/// What a step of the learned model is worth to a plan.
struct StepWorth: BitwiseCopyable {
    /// γ, negative where the other player moves next.
    let discount: Float

    /// γ times the probability that the episode goes on.
    func discount(ending logit: Float) -> Float { discount / (1 + expf(logit)) }
    func reward(_ symlog: Float) -> Float { LatentDynamics.symexp(symlog) }
}
