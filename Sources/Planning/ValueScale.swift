extension SearchSettings.ValueScale {
    /// Scaled values of every choice of a node, `[width]`.
    func write(_ forest: SearchForest, _ place: SearchForest.Place, into scores: UnsafeMutablePointer<Float>) {
        let count = forest.width
        switch self {
        case .bounds(let low, let high):
            for choice in 0..<count { scores[choice] = forest.actionValue(place, choice).map { ($0 - low) / (high - low) } ?? 0 }
        case .siblings:
            let own = forest.value(place)
            var (low, high) = (own, own)
            for choice in 0..<count {
                guard let value = forest.actionValue(place, choice) else { continue }
                (low, high) = (min(low, value), max(high, value))
            }
            let range = max(high - low, 1e-8)
            for choice in 0..<count { scores[choice] = forest.actionValue(place, choice).map { ($0 - low) / range } ?? 0 }
        case .completed(let scale, let offset, let isRescaled):
            writeCompleted(forest, place, into: scores)
            if isRescaled { Self.rescale(scores, forest, place) }
            var most = 0
            for choice in 0..<count { most = max(most, forest.visits(place, choice)) }
            let factor = (offset + Float(most)) * scale
            for choice in 0..<count { scores[choice] *= factor }
        }
    }

    /// Values of what was tried, and v of what was not: with p the priors and n the visits of what was tried,
    /// `v = (first value + Σ n · Σ p q / Σ p) / (1 + Σ n)`.
    private func writeCompleted(_ forest: SearchForest, _ place: SearchForest.Place, into scores: UnsafeMutablePointer<Float>) {
        let priors = forest.priors(place)
        var (mass, weighted, visits) = (Float(0), Float(0), Float(0))
        for choice in 0..<forest.width {
            guard let value = forest.actionValue(place, choice) else { continue }
            // Something that the policy never does is tried where nothing else is left.
            let prior = max(priors[choice], .leastNormalMagnitude)
            mass += prior
            weighted += prior * value
            visits += Float(forest.visits(place, choice))
        }
        let mixed = (forest.firstValue(place) + (visits > 0 ? visits * weighted / mass : 0)) / (1 + visits)
        for choice in 0..<forest.width { scores[choice] = forest.actionValue(place, choice) ?? mixed }
    }

    /// To 0 ... 1 over the choices there are.
    private static func rescale(_ scores: UnsafeMutablePointer<Float>, _ forest: SearchForest, _ place: SearchForest.Place) {
        let logits = forest.logits(place)
        var (low, high) = (Float.infinity, -Float.infinity)
        for choice in 0..<forest.width where logits[choice] > SearchForest.absent {
            (low, high) = (min(low, scores[choice]), max(high, scores[choice]))
        }
        let range = max(high - low, 1e-8)
        for choice in 0..<forest.width { scores[choice] = (scores[choice] - low) / range }
    }
}
