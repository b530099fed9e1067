import Glibc
import StarlingExperience
public import StarlingReturns
public import StarlingTraining

extension StepAccess {
    /// What the value after each step of a batch of sequences counts for, the other player's less where players alternate.
    public func discounting(_ discount: Float) -> Discounting {
        .kinds(UnsafeBufferPointer(batch.kinds), discount: batch.environment.successorDiscount(discount))
    }

    /// Writes what each step is to be worth into the target `valueTarget`: of a row drawn from replay `r + γⁿ v'`, v' that of the state
    /// n steps later; of whole unrolls n-step returns, or the λ-returns `Gₜ = rₜ + γ ((1 − λ) vₜ₊₁ + λ Gₜ₊₁)` (Sutton & Barto 2018,
    /// sections 7.1 and 12.8).
    /// - Parameter worth: v of every row's state: of the successors'.
    func writeReturns(of worth: UnsafeBufferPointer<Float>, discount: Float, lambda: Float, steps: Int = 1) {
        let returns = target(.valueTarget)
        guard let spans = batch.replay?.spans, unrollLength == 1 else {
            let discounting = discounting(discount)
            if steps > 1 {
                return OnPolicyReturns.stepReturns(
                    steps, unrollLength: unrollLength, columns: columnCount, rewards: UnsafeBufferPointer(batch.rewards),
                    discounting: discounting, values: worth, returns: returns)
            }
            return OnPolicyReturns.lambdaReturns(
                unrollLength: unrollLength, columns: columnCount, lambda: lambda, rewards: UnsafeBufferPointer(batch.rewards),
                discounting: discounting, values: worth, returns: returns)
        }
        let discount = batch.environment.successorDiscount(discount)
        for row in batch.kinds.indices {
            let factor = batch.kinds[row] == StepKind.terminated.rawValue ? 0 : powf(discount, Float(spans[row]))
            returns[row] = batch.rewards[row] + factor * worth[successor(row)]
        }
    }

    /// Tells |G − Q(z, a)| of every step: to the replay buffer as its error, and their mean.
    /// - Parameter value: Q(z, a) of a row's action.
    /// - Returns: the mean over the steps that count.
    func noteErrors(of value: (_ row: Int) -> Float) -> Double {
        let returns = target(.valueTarget)
        var sum = 0.0
        for row in batch.kinds.indices {
            let error = batch.kinds[row] == StepKind.reset.rawValue ? 0 : abs(returns[row] - value(row))
            batch.replay?.priorities[row] = error
            sum += Double(error)
        }
        return sum / Double(max(1, frames))
    }
}
