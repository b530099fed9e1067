import StarlingReplay
import Testing

@Suite("Sum tree")
struct SumTreeTests {
    /// Dopamine's values (`tests/dopamine/replay_memory/sum_tree_test.py`).
    @Test("Weights are found as Dopamine finds them, also after one has changed")
    func golden() {
        var tree = SumTree(count: 4)
        for (place, weight) in [0.5, 1, 0.5, 0.5].enumerated() { tree[place] = weight }
        #expect(tree.total == 2.5)
        #expect(tree.place(at: 1.0) == 1 && tree.place(at: 1.5) == 2)
        tree[0] = 0.25
        #expect(tree.total == 2.25)
        #expect(tree.place(at: 0.249) == 0 && tree.place(at: 0.5) == 1 && tree.place(at: 1.25) == 2)
    }

    @Test("Places are drawn as often as their weights say", arguments: [1, 2, 7, 64, 1000])
    func frequencies(count: Int) {
        var tree = SumTree(count: count)
        for place in 0..<count { tree[place] = Double(place % 5) + (count == 1 ? 1 : 0) }
        var counts = [Int](repeating: 0, count: count)
        let draws = 200 * count
        for draw in 0..<draws { counts[tree.place(at: (Double(draw) + 0.5) / Double(draws) * tree.total)] += 1 }
        for place in 0..<count {
            let expected = tree[place] / tree.total * Double(draws)
            // Equally spaced masses: each place gets its share to within one of them at either end.
            #expect(abs(Double(counts[place]) - expected) <= 2, "place \(place)")
        }
    }

    @Test("Nothing is left of weights that were taken away, however many there were")
    func noRest() {
        var tree = SumTree(count: 1000)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 { tree[Int.random(in: 0..<1000, using: &generator)] = Double.random(in: 0...1e6, using: &generator) }
        for place in 0..<1000 where place != 17 { tree[place] = 0 }
        #expect(tree.total == tree[17])
        tree[17] = 1
        for step in 0..<1000 { #expect(tree.place(at: Double(step) / 1000) == 17) }
        tree[17] = 0
        #expect(tree.total == 0)
    }
}
