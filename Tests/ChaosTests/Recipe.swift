/// A recipe of light actors: one environment each, unrolls of 20 steps.
struct Recipe {
    /// Of one step of an actor; an entry of the light environments has it.
    var stepMilliseconds = 10
    /// Unrolls of a batch.
    var columns = 8
    /// Images through World Models' autoencoder, and a wide layer so that actors fetch as many parameters as all of it has:
    /// 17 MB; 246 kB an unroll.
    var isLarge = false
    /// Mean return of 20 signs at which the run ends, evaluated; nil: it goes on until it is told to stop.
    var goal: Double?
    var learningRate = 0.01
    var more: [String] = []

    static let unrollLength = 20

    /// Unrolls per second of one actor whom nothing holds up.
    var unrollsPerSecond: Double { 1000 / Double((isLarge ? 20 : stepMilliseconds) * Self.unrollLength) }

    var text: String {
        let small = """
            environment: Doze-\(stepMilliseconds)ms
            algorithm: vtrace
            model: {encoder: [32], latent: 4}
            latent: {lambda_vae: 0.1, beta: 0.01}
            """
        let large = """
            environment: Doze-20ms-image
            algorithm: vtrace
            model:
              convolutions: {channels: [32, 64, 128, 256], kernels: 4, strides: 2, paddings: 0}
              encoder: [3400]
              decoder: []
              deconvolutions:
                image: [1024, 1, 1]
                linear_image: true
                channels: [128, 64, 32, 3]
                kernels: [5, 5, 6, 6]
                strides: 2
                paddings: 0
              activation: relu
              latent: 32
            """
        return """
            \(isLarge ? large : small)
            acting: {unroll_length: \(Self.unrollLength), environments_per_unroll: 1, environments_per_actor: 1}
            optimizer: {learning_rate: \(isLarge ? 0.0003 : learningRate), clip_norm: 40}
            vtrace: {discount: 0.5, entropy_cost: 0.003}
            batch: {columns: \(columns)}
            goal: {return: \(goal ?? 20)}
            \(more.joined(separator: "\n"))
            """
    }
}
