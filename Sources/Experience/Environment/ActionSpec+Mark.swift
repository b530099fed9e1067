extension [Int] {
    /// Of the counts of an action's parts: sets 1 where what was chosen of each has its place among all there are.
    /// - Parameters:
    ///   - choices: one of each part.
    ///   - features: `[A]`, zeros before.
    package func mark(_ choices: UnsafePointer<Int32>, in features: UnsafeMutablePointer<Float>) {
        var first = 0
        for part in indices {
            features[first + Int(choices[part])] = 1
            first += self[part]
        }
    }
}
