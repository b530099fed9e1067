import StarlingExperience

/// |δ| of the steps of a fresh unroll by the action values that its actor acted by, which the unroll holds as its logits.
struct ActingErrors {
    /// n, looked ahead.
    let steps: Int
    let discount: Float
    let reward: TrainingReward

    /// Of the sequence of so many steps that begins at a step; nil where what they led to has no values in the unroll.
    func error(_ unroll: UnrollView, row: Int, environment: Int, sequence: Int) -> Float? {
        guard unroll.layout.logitCount > 0 else { return nil }
        var error = SequenceError()
        var isKnown = false
        for row in row..<row + sequence {
            guard let value = self.error(unroll, row, environment) else { continue }
            error.add(value)
            isKnown = true
        }
        return isKnown ? error.value : nil
    }

    private func error(_ unroll: UnrollView, _ first: Int, _ environment: Int) -> Float? {
        var (row, weight, sum) = (first, Float(1), Float(0))
        while row < min(first + steps, unroll.layout.unrollLength) {
            let place = place(unroll, row, environment)
            guard unroll.kinds[place] != StepKind.reset.rawValue else { break }
            sum += weight * reward.of(unroll, place)
            weight = unroll.kinds[place] == StepKind.terminated.rawValue ? 0 : weight * discount
            row += 1
            if weight == 0 { break }
        }
        guard row > first else { return nil }
        let taken = value(unroll, first, environment)
        if weight == 0 { return abs(sum - taken) }
        guard row < unroll.layout.unrollLength else { return nil }
        return abs(sum + weight * best(unroll, row, environment) - taken)
    }

    private func place(_ unroll: UnrollView, _ row: Int, _ environment: Int) -> Int { row * unroll.layout.environmentCount + environment }

    private func value(_ unroll: UnrollView, _ row: Int, _ environment: Int) -> Float {
        let place = place(unroll, row, environment)
        return unroll.behaviorLogits[place * unroll.layout.actionParameterCount + Int(unroll.actions[place])]
    }

    private func best(_ unroll: UnrollView, _ row: Int, _ environment: Int) -> Float {
        let count = unroll.layout.actionParameterCount
        let first = place(unroll, row, environment) * count
        return unroll.behaviorLogits[first..<first + count].max()!
    }
}
