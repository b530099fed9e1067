/// What a sequence has to teach, from |δ| of its steps: 0.9 of the largest and 0.1 of their mean (Kapturowski et al. 2019, "Recurrent
/// experience replay in distributed reinforcement learning", section 2.3). Of a single step it is that step's.
struct SequenceError {
    private var largest: Float = 0
    private var sum: Float = 0
    private var count: Float = 0

    mutating func add(_ error: Float) {
        largest = max(largest, error)
        sum += error
        count += 1
    }

    var value: Float { count > 1 ? 0.9 * largest + 0.1 * sum / count : largest }
}
