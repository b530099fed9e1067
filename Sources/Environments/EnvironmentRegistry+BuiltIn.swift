extension EnvironmentRegistry {
    /// The environments that come with Starling.
    public static let builtIn: EnvironmentRegistry = [
        .init("Acrobot-v1", summary: "Swing two links up by the joint between them; equal to Gymnasium's.") { Acrobot() },
        .init("CartPole-v1", summary: "Balance a pole on a cart for 500 steps; equal to Gymnasium's.") { CartPole() },
        .init("CartPole-pixels", summary: "CartPole-v1 as a picture of 32 × 32 pixels.") { CartPolePixels() },
        .init("CartPole-pixels-distracted", summary: "The same beside a plane of noise.") {
            Distracted(CartPolePixels(), planes: 1, levels: 256)
        },
        .init("Catch", summary: "Catch a falling ball on a board of 10 × 5.") { Catch() },
        .init("Catch-distracted", summary: "The same beside three planes of noise.") { Distracted(Catch(), planes: 3, levels: 2) },
        .init("Catch-opposite", summary: "The same board, and the paddle is to be opposite to the ball.") { OppositeCatch() },
        .init("Catch-twice", summary: "Two boards at once, a part of the action for each.") { CatchTwice() },
        .init("CliffWalking-v1", summary: "Walk along a cliff to the goal; equal to Gymnasium's, truncated after 1000 steps.") {
            CliffWalking.task
        },
        .init("CliffWalkingSlippery-v1", summary: "The same on slippery ground.") { CliffWalking.slipperyTask },
        .init("ConnectFour-v0", summary: "Four in a row on 5 × 4, against oneself.") { ConnectFour() },
        .init("ConnectFour-v0/openings", summary: "The same, begun with up to ten stones at random.") { ConnectFour(openingLimit: 10) },
        .init("ConnectFour-v0/puzzles", summary: "Find an optimal move in a position; to judge what was learned.") {
            ConnectFourPuzzles()
        },
        .init("ConnectFour-v0/random", summary: "Against who plays at random and moves second.") {
            ConnectFourMatch(against: .random)
        },
        .init("ConnectFour-v0/solver", summary: "Against perfect play, which moves second; 0 is the most there is.") {
            ConnectFourMatch(against: .solver)
        },
        .init("ConnectFour-v0/won", summary: "Win from a won position against perfect play.") {
            ConnectFourMatch(against: .solver, from: .won)
        },
        .init(
            DigitDrawing.name,
            summary: "Draw a digit of 8 × 8, pixel by pixel, as a classifier reads it; `scripts/data drawing` writes these."
        ) {
            DigitDrawing()
        },
        .init("Digits", summary: "Name a handwritten digit, of 4,000 of MNIST; `scripts/digits mnist` writes them.") { Digits(.train) },
        .init("Digits-test", summary: "The same with the 1,000 that Digits never shows.") { Digits(.test) },
        .init("DynaMaze", summary: "Find the way around three walls; Sutton and Barto's example 8.1.") { DynaMaze.task },
        .init(
            "FrozenLake-v1", summary: "Cross a slippery lake of 4 × 4 with holes; equal to Gymnasium's. Or one of your own.",
            options: FrozenLake.options
        ) { options in
            options.isEmpty ? FrozenLake.smallTask : try FrozenLake.task(options)
        },
        .init("FrozenLake8x8-v1", summary: "The same on 8 × 8.") { FrozenLake.largeTask },
        .init(
            HazyScene.name, summary: "Find the haze over a scene by a window, or know that there is none.", options: HazyScene.options
        ) { options in try HazyScene(options) },
        .init(InterestEvolution.name, summary: "Show a user three of ten videos, and keep them; equal to RecSim's.") {
            InterestEvolution()
        },
        .init("Inventory", summary: "Order for a store, at a fixed cost an order; best is an (s, S) policy.") { Inventory.task },
        .init(
            LongTermSatisfaction.name, summary: "Engage a user now, or so that they stay; RecSim's, with constants that make it a test.",
            options: LongTermSatisfaction.options
        ) { options in try LongTermSatisfaction(options) },
        .init(Melody.name, summary: "Write four bars of melody by rules of harmony and rhythm.") { Melody() },
        .init("MinAtar/Asterix-v0", summary: "Seek gold, avoid enemies, on 10 × 10 cells; equal to MinAtar's.") { MinAtar<Asterix>() },
        .init("MinAtar/Breakout-v0", summary: "Break bricks with a ball; equal to MinAtar's.") { MinAtar<Breakout>() },
        .init("MinAtar/Breakout-distracted", summary: "The same beside three planes of noise.") {
            Distracted(MinAtar<Breakout>(), planes: 3, levels: 2)
        },
        .init("MinAtar/Freeway-v0", summary: "Cross a road with eight lanes; equal to MinAtar's.") { MinAtar<Freeway>() },
        .init("MinAtar/Seaquest-v0", summary: "Rescue divers between fish and submarines; equal to MinAtar's.") { MinAtar<Seaquest>() },
        .init("MinAtar/SpaceInvaders-v0", summary: "Shoot aliens before they land; equal to MinAtar's.") { MinAtar<SpaceInvaders>() },
        .init("MinAtar/SpaceInvaders-distracted", summary: "The same beside three planes of noise.") {
            Distracted(MinAtar<SpaceInvaders>(), planes: 3, levels: 2)
        },
        .init("MountainCar-v0", summary: "Swing a weak car out of a valley; equal to Gymnasium's.") { MountainCar() },
        .init("MountainCarContinuous-v0", summary: "The same with a force of one's choice; equal to Gymnasium's.") {
            MountainCarContinuous()
        },
        .init(
            MovieSession.name, summary: "Recommend 20 movies to a user of MovieLens-100k; `scripts/data movielens` writes their ratings."
        ) {
            MovieSession(.train)
        },
        .init(MovieSession.name + "-test", summary: "The same with users that MovieSession never shows.") { MovieSession(.test) },
        .init(OracleText.names[0], summary: "Write 20 words of 5,000 in a known language; `scripts/data text` makes it.") {
            OracleText("text")
        },
        .init(OracleText.names[1], summary: "The same in that of SeqGAN's authors; `scripts/data seqgan FILE` brings it.") {
            OracleText("seqgan")
        },
        .init("Pendulum-v1", summary: "Swing a pendulum up with a limited torque; equal to Gymnasium's.") { Pendulum() },
        .init("Portfolio", summary: "Hold the right share of stocks in two-state markets; best is Merton's.") { Portfolio(.train) },
        .init("Portfolio-test", summary: "The same in markets that Portfolio never shows.") { Portfolio(.test) },
        .init("Recall", summary: "Remember a cue for eight steps; a model without memory guesses.") { Recall() },
        .init("SlipperyRoad", summary: "Drive fast on dry, wet and icy ground, and skid no more than allowed; best is known.") {
            SlipperyRoad()
        },
        .init("Taxi-v4", summary: "Fetch a passenger and bring them to their destination; equal to Gymnasium's.") { Taxi.task },
        .init("Taxi-v4/masked", summary: "The same with Gymnasium's action masks: only what changes something may be done.") {
            Taxi.maskedTask
        },
        .init(
            "Tracking", summary: "Keep a moving target in a camera's middle, beside others that look like it.", options: Tracking.options
        ) { options in try Tracking(options) },
    ]
}
