extension ParameterLayout {
    /// Initial values, the same for the same seed everywhere. Padding is 0.
    package func initial(seed: UInt64) -> [Float] { Array(repeating: 0, count: count) }
}
