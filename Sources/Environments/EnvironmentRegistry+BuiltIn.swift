extension EnvironmentRegistry {
    /// The environments that come with Starling.
    public static let builtIn: EnvironmentRegistry = [
        .init("CartPole-v1", summary: "Balance a pole on a cart for 500 steps; equal to Gymnasium's.") { CartPole() },
    ]
}
