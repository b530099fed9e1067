import Glibc

/// In which order an equal budget is spent on ever fewer candidates (Karnin et al. 2013, "Almost optimal exploration in multi-armed
/// bandits").
enum SequentialHalving {
    /// For each simulation, how many visits the action has that is tried next: of those with so many, the best by then.
    static func visits(candidates: Int, simulations: Int) -> [Int] {
        guard candidates > 1 else { return Array(0..<simulations) }
        let rounds = Int(ceil(log2(Double(candidates))))
        var order: [Int] = []
        var (visits, left) = ([Int](repeating: 0, count: candidates), candidates)
        while order.count < simulations {
            for _ in 0..<max(1, simulations / (rounds * left)) {
                order += visits[..<left]
                for index in 0..<left { visits[index] += 1 }
            }
            left = max(2, left / 2)
        }
        return Array(order[..<simulations])
    }
}
