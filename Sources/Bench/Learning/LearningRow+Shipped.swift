extension LearningRow {
    /// Every shipped recipe of a task with a goal that others have published, or that the task itself sets. To add a row is to
    /// add a value.
    package static let shipped: [LearningRow] = [
        LearningRow(
            "cartpole", frames: 90_000, goal: LearningGoal(meanReturn: 475, frames: 90_000, scope: .median),
            published: "PPO 500 at 100,000", source: "RL Baselines3 Zoo", minutes: 0.03),
        LearningRow(
            "cartpole-ppo", goal: LearningGoal(meanReturn: 475, frames: 100_000, scope: .each),
            published: "PPO 500 at 100,000", source: "RL Baselines3 Zoo", minutes: 0.06),
        LearningRow(
            "cartpole-dqn", goal: LearningGoal(meanReturn: 475, frames: 60_000, scope: .each),
            published: "DQN 500 at 50,000", source: "RL Baselines3 Zoo", minutes: 0.12),
        LearningRow(
            "cartpole-reinforce", goal: LearningGoal(meanReturn: 475, frames: 200_000, scope: .each),
            published: "REINFORCE 483.3 at 200,000", source: "SLM-Lab", minutes: 0.04),
        LearningRow(
            "cartpole-pqn", goal: LearningGoal(meanReturn: 475, frames: 500_000, scope: .each),
            published: "500, the most there is", source: "Gymnasium", minutes: 0.05),
        LearningRow(
            "cartpole-sarsa", goal: LearningGoal(meanReturn: 450, frames: 200_000, scope: .each),
            published: "SARSA 431.0 at 200,000", source: "SLM-Lab", minutes: 0.04),
        LearningRow(
            "acrobot", goal: LearningGoal(meanReturn: -80, frames: 300_000, scope: .median),
            published: "PPO −73.5 at 1,000,000", source: "RL Baselines3 Zoo", minutes: 0.15),
        LearningRow(
            "mountaincar", goal: LearningGoal(meanReturn: -105, frames: 120_000, scope: .each),
            published: "DQN −100.8 at 120,000", source: "RL Baselines3 Zoo", minutes: 0.5),
        LearningRow(
            "catch", frames: 40_000, goal: LearningGoal(meanReturn: 0.98, frames: 40_000, scope: .median),
            published: "1, the most there is", source: "bsuite", minutes: 0.02),
        LearningRow(
            "catch-twice", recipe: "catch", settings: ["environment=Catch-twice", "goal.enabled=false"], frames: 100_000,
            goal: LearningGoal(meanReturn: 1.96, frames: 100_000, scope: .each),
            published: "2, the most there is", source: "own task", minutes: 0.03),
        // Slippery ground: a hundred episodes have a standard error of .04 and of 2.5, a thousand of .014 and 0.8.
        LearningRow(
            "frozenlake", goal: LearningGoal(meanReturn: 0.72, frames: 500_000, scope: .median), episodes: 1000,
            published: ".7442, the most there is", source: "value iteration", minutes: 0.05),
        LearningRow(
            "frozenlake8x8", goal: LearningGoal(meanReturn: 0.85, frames: 2_000_000, scope: .median), episodes: 1000,
            published: ".9132, the most there is", source: "value iteration", minutes: 0.16),
        LearningRow(
            "cliffwalking", goal: LearningGoal(meanReturn: 1.05 * -64.709, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "−64.709, the most there is", source: "value iteration", minutes: 0.1),
        LearningRow(
            "taxi", goal: LearningGoal(meanReturn: 7.7, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "7.93, the most there is", source: "value iteration", minutes: 0.35),
        // The same tasks by others, as keys on top of the recipes of Q.
        LearningRow(
            "frozenlake-sarsa", recipe: "frozenlake", settings: sarsa(lambda: 0.5, epsilonFrames: 400_000),
            goal: LearningGoal(meanReturn: 0.72, frames: 500_000, scope: .median), episodes: 1000,
            published: ".7442, the most there is", source: "value iteration", minutes: 0.05),
        LearningRow(
            "frozenlake-vtrace", recipe: "frozenlake", settings: vtrace + ["vtrace.entropy_cost=0.02", "vtrace.entropy_final_share=0.05"],
            goal: LearningGoal(meanReturn: 0.72, frames: 500_000, scope: .median), episodes: 1000,
            published: ".7442, the most there is", source: "value iteration", minutes: 0.05),
        LearningRow(
            "frozenlake8x8-sarsa", recipe: "frozenlake8x8", settings: sarsa(lambda: 0.5, epsilonFrames: 1_000_000),
            goal: LearningGoal(meanReturn: 0.85, frames: 2_000_000, scope: .median), episodes: 1000,
            published: ".9132, the most there is", source: "value iteration", minutes: 0.16),
        LearningRow(
            "frozenlake8x8-vtrace", recipe: "frozenlake8x8", settings: vtrace + ["vtrace.entropy_cost=0.003", "vtrace.discount=0.999"],
            goal: LearningGoal(meanReturn: 0.85, frames: 2_000_000, scope: .median), episodes: 1000,
            published: ".9132, the most there is", source: "value iteration", minutes: 0.16),
        LearningRow(
            "cliffwalking-sarsa", recipe: "cliffwalking",
            settings: sarsa(lambda: 0, epsilonFrames: 800_000) + ["sarsa.reward_scale=0.1"],
            goal: LearningGoal(meanReturn: 1.05 * -64.709, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "−64.709, the most there is", source: "value iteration", minutes: 0.1),
        LearningRow(
            "cliffwalking-vtrace", recipe: "cliffwalking", settings: vtrace + ["vtrace.normalize_returns=true"],
            goal: LearningGoal(meanReturn: 1.05 * -64.709, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "−64.709, the most there is", source: "value iteration", minutes: 0.1),
        // With the recipe's 32 latents what is learned of one state changes too much of the others: nobody is ever picked up.
        LearningRow(
            "taxi-sarsa", recipe: "taxi",
            settings: sarsa(lambda: 0, epsilonFrames: 800_000) + ["sarsa.reward_scale=0.1", "sarsa.discount=0.9"]
                + ["model.encoder=[]", "model.latent=256"],
            goal: LearningGoal(meanReturn: 7.7, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "7.93, the most there is", source: "value iteration", minutes: 0.8),
        // Wrong pick-ups cost ten where a step costs one: without much entropy to begin with nobody is picked up long before that pays.
        LearningRow(
            "taxi-vtrace", recipe: "taxi",
            settings: vtrace + [
                "vtrace.reward_scale=0.1", "vtrace.discount=0.9", "vtrace.lambda=0", "vtrace.entropy_cost=0.4",
                "vtrace.entropy_final_share=0.05", "batch.columns=16",
            ] + wide,
            goal: LearningGoal(meanReturn: 7.7, frames: 1_000_000, scope: .median), episodes: 1000,
            published: "7.93, the most there is", source: "value iteration", minutes: 0.8),
        // With masks: without them the same schedule leaves every seed at −190 and below.
        LearningRow(
            "taxi-masked", recipe: "taxi",
            settings: ["environment=Taxi-v4/masked", "pqn.epsilon_frames=360000", "optimizer.horizon=600000"], frames: 600_000,
            goal: LearningGoal(meanReturn: 7.7, frames: 600_000, scope: .median), episodes: 1000,
            published: "7.93, the most there is", source: "value iteration", minutes: 0.6),
        LearningRow(
            "inventory", goal: LearningGoal(meanReturn: 1.02 * -3512.53, frames: 500_000, scope: .each),
            published: "−3512.5, the most there is", source: "dynamic programming", minutes: 0.1),
        LearningRow(
            "dynamaze", goal: LearningGoal(meanReturn: 1, frames: 20_000, scope: .each),
            published: "1, the most there is", source: "Sutton & Barto 2018, example 8.1", minutes: 0.1),
        LearningRow(
            "pendulum", goal: LearningGoal(meanReturn: -200, frames: 500_000, scope: .median),
            published: "A2C −163", source: "RL Baselines3 Zoo", minutes: 0.05),
        LearningRow(
            "pendulum-ppo", goal: LearningGoal(meanReturn: -200, frames: 100_000, scope: .each),
            published: "PPO −172 at 100,000", source: "RL Baselines3 Zoo", minutes: 0.05),
        LearningRow(
            "pendulum-sac", goal: LearningGoal(meanReturn: -150, frames: 20_000, scope: .median),
            published: "SAC −157 at 20,000", source: "RL Baselines3 Zoo", minutes: 5, isLong: true),
        LearningRow(
            "lunarlander", goal: LearningGoal(meanReturn: 250, frames: 1_000_000, scope: .each), python: .box2d,
            published: "PPO 242.1 at 1,000,000", source: "RL Baselines3 Zoo", minutes: 3, isLong: true),
        LearningRow(
            "invertedpendulum", goal: LearningGoal(meanReturn: 1000, frames: 20_000, scope: .median), python: .mujoco, episodes: 20,
            published: "1000, the most there is", source: "Gymnasium", minutes: 5, isLong: true),
        LearningRow(
            "halfcheetah", goal: LearningGoal(meanReturn: 5000, frames: 100_000, scope: .median), python: .mujoco,
            published: "CrossQ 8,112 at 100,000", source: "RL Baselines3 Zoo", minutes: 9, isLong: true),
        LearningRow(
            "halfcheetah-million", recipe: "halfcheetah", frames: 1_000_000,
            goal: LearningGoal(meanReturn: 9500, frames: 1_000_000, scope: .median), python: .mujoco,
            published: "SAC 9,535 at 1,000,000", source: "RL Baselines3 Zoo", minutes: 90, isLong: true),
        LearningRow(
            "hopper", goal: LearningGoal(meanReturn: 2300, frames: 1_000_000, scope: .median), python: .mujoco,
            published: "SAC 2,326 at 1,000,000", source: "RL Baselines3 Zoo", minutes: 180, isLong: true),
        LearningRow(
            "highway",
            goal: LearningGoal(
                meanReturn: 20, bounds: [LearningBound("crashed", .atMost, 0.15)], frames: 20_000, scope: .median), python: .highway,
            published: "DQN 18 to 20 at 20,000", source: "highway-env", minutes: 12, isLong: true),
        LearningRow(
            "highway-safe",
            goal: LearningGoal(
                meanReturn: 0.9 * 22.1, bounds: [LearningBound("cost", .atMost, 0.05)], frames: 20_000, scope: .median), python: .highway,
            published: "without a limit 22.1, with 12 crashes of 100", source: "recipe highway", minutes: 30, isLong: true),
        LearningRow(
            "minigrid", goal: LearningGoal(meanReturn: 0.9, frames: 1_000_000, scope: .median), python: .minigrid,
            published: "1, more than there is", source: "MiniGrid", minutes: 7, isLong: true),
        LearningRow(
            "atari", goal: LearningGoal(meanReturn: 15, frames: 1_250_000, scope: .median), python: .ale, episodes: 20,
            published: "18 to 19", source: "PARL", minutes: 120, isLong: true),
        LearningRow(
            "carracing", goal: LearningGoal(meanReturn: 400, frames: 150_000, scope: .median), python: .box2d, episodes: 20,
            published: "World Models 906", source: "Ha & Schmidhuber 2018", minutes: 43, isLong: true),
        // The best greedy policy within the limit has 26.7 at 0.8 skids, the best that draws 27.8.
        LearningRow(
            "road",
            goal: LearningGoal(
                meanReturn: 25, bounds: [LearningBound("cost", .atMost, 0.9)], frames: 400_000, scope: .median), episodes: 1000,
            published: "27.8, the most there is at 0.9 skids", source: "linear programming", minutes: 0.1),
        LearningRow(
            "satisfaction", goal: LearningGoal(meanReturn: 1680, frames: 2_000_000, scope: .each), episodes: 2000,
            published: "1,701.9, the most there is", source: "dynamic programming", minutes: 0.1),
        LearningRow(
            "slates", goal: LearningGoal(meanReturn: 172, frames: 6_000_000, scope: .each), episodes: 1000,
            published: "SARSA 172.1, whole-slate Q 174.6, both at 300,000", source: "Ie et al. 2019", minutes: 2),
        // Judged on what the training never shows.
        LearningRow(
            "portfolio", goal: LearningGoal(meanReturn: 0.98 * 0.1024, frames: 24_000_000, scope: .median), episodes: 1_000_000,
            environment: "Portfolio-test", isUnseen: true, published: ".1024, the most there is", source: "Merton 1969", minutes: 2),
        LearningRow(
            "tracking", goal: LearningGoal(meanReturn: 0.9 * 155, frames: 1_000_000, scope: .median), options: ["environment.looks=test"],
            isUnseen: true, published: "170.5 of who knows where the target is", source: "own task", minutes: 5, isLong: true),
        LearningRow(
            "movies", goal: LearningGoal(meanReturn: 0.775 * 20, frames: 400_000, scope: .median),
            data: LearningData("movielens", by: "scripts/data movielens"), episodes: 2000, environment: "MovieSession-test", isUnseen: true,
            published: "item-item 15.2, 20 at most", source: "own baseline", minutes: 1),
        LearningRow(
            "recall", goal: LearningGoal(meanReturn: 1, frames: 300_000, scope: .each),
            published: "1, the most there is", source: "own task", minutes: 0.03),
        LearningRow(
            "recall-dqn", goal: LearningGoal(meanReturn: 1, frames: 300_000, scope: .each),
            published: "1, the most there is", source: "own task", minutes: 0.03),
        LearningRow(
            "cartpole-dyna", goal: LearningGoal(meanReturn: 475, frames: 15_000, scope: .median),
            published: "5,000, of the continuous version, PETS and MBPO", source: "mbrl-lib", minutes: 0.2),
        LearningRow(
            "catch-dyna", goal: LearningGoal(meanReturn: 0.98, frames: 8_000, scope: .median),
            published: "1, the most there is", source: "bsuite", minutes: 0.1),
        LearningRow(
            "pendulum-dyna", goal: LearningGoal(meanReturn: -200, frames: 5_000, scope: .median),
            published: "SAC −157 at 20,000", source: "RL Baselines3 Zoo", minutes: 0.5),
        // Two rows of one recipe: the share of optimal moves, and the share of won games that are won against perfect play.
        LearningRow(
            "connectfour", goal: LearningGoal(meanReturn: 0.95, frames: 4_000_000, scope: .median), episodes: 1000,
            environment: "ConnectFour-v0/puzzles", published: "1, the most there is", source: "exact solver", minutes: 2, isLong: true),
        LearningRow(
            "connectfour-won", recipe: "connectfour", goal: LearningGoal(meanReturn: 0.95, frames: 4_000_000, scope: .median),
            episodes: 1000, environment: "ConnectFour-v0/won", published: "1, the most there is", source: "exact solver", minutes: 2,
            isLong: true),
        LearningRow(
            "cartpole-search", goal: LearningGoal(meanReturn: 475, frames: 15_000, scope: .median),
            published: "MuZero 200 of 200 on CartPole-v0", source: "LightZero", minutes: 1),
        LearningRow(
            "catch-search", goal: LearningGoal(meanReturn: 0.99, frames: 8_000, scope: .median),
            published: "1, the most there is", source: "bsuite", minutes: 0.15),
        LearningRow(
            "pendulum-cem", goal: LearningGoal(meanReturn: -200, frames: 20_000, scope: .median),
            published: "MuZero −281 ± 447", source: "LightZero", minutes: 1.5),
        LearningRow(
            "cartpole-pixels", frames: 250_000, goal: LearningGoal(meanReturn: 400, frames: 250_000, scope: .each),
            published: "500, the most there is", source: "own task", minutes: 0.45),
        // Sequences, of those that are drawn: the returns of text are −NLL_oracle, nats a word. In the language of our own likelihood leaves
        // 8.79, and rewards are to take 3.5 % of it.
        LearningRow(
            "text-seqgan-likelihood", recipe: "text-seqgan", frames: 7_680,
            goal: LearningGoal(meanReturn: -9.1, frames: 7_680, scope: .median), judgement: .drawn, data: seqgan, episodes: 1000,
            published: "−9.038 by likelihood", source: "Yu et al. 2017", minutes: 3, isLong: true),
        LearningRow(
            "text-seqgan", goal: LearningGoal(meanReturn: -8.74, frames: 100_000, scope: .median), judgement: .drawn, data: seqgan,
            episodes: 1000, published: "SeqGAN −8.736", source: "Yu et al. 2017", minutes: 5, isLong: true),
        LearningRow(
            "text", goal: LearningGoal(meanReturn: -8.48, frames: 100_000, scope: .median), judgement: .drawn,
            data: LearningData("text", by: "scripts/data text"), episodes: 1000,
            published: "a fall of 3.3 % behind likelihood, in the language of others", source: "Yu et al. 2017", minutes: 5, isLong: true),
        // Better than likelihood on both: read as they are named, and told from real digits.
        LearningRow(
            "drawing",
            goal: LearningGoal(
                bounds: [LearningBound("agreement", .atLeast, 0.853), LearningBound("neighbour_auc", .atMost, 0.658)], frames: 2_000_000,
                scope: .median), judgement: .drawn, data: LearningData("drawing", by: "scripts/data drawing"), episodes: 2000,
            published: "likelihood alone: .853 and .658", source: "own task", minutes: 4, isLong: true),
        // What a training gains on trainings that were never shown, from about −58 nats.
        LearningRow(
            "schedules", goal: LearningGoal(meanReturn: 39, frames: 60_000, scope: .median),
            data: LearningData("digits-small", by: "scripts/digits small"), environment: "TrainingRun-test",
            published: "choices at random: 34.6", source: "own task", minutes: 10, isLong: true),
        LearningRow(
            "music", goal: LearningGoal(bounds: tunes, frames: 2_200_000, scope: .median), judgement: .drawn, data: essen, episodes: 10_000,
            published: "RL Tuner: repeats 0 %, key 1 %, tonic 28.8 %, leaps 91.1 %, motifs 75.7 %", source: "Jaques et al. 2017",
            minutes: 6, isLong: true),
        LearningRow(
            "music-psi", goal: LearningGoal(bounds: tunes, frames: 800_000, scope: .median), judgement: .drawn, data: essen,
            episodes: 10_000, published: "RL Tuner: repeats 0.02 %, key 0.6 %, tonic 28.7 %, leaps 90 %, motifs 73.8 %",
            source: "Jaques et al. 2017", minutes: 4, isLong: true),
        // Half of the scenes have haze: who finds it in 95 % and leaves the others in peace in as many has .95.
        LearningRow(
            "dehaze", goal: LearningGoal(meanReturn: 0.95, frames: 1_000_000, scope: .median), episodes: 400,
            options: ["environment.views=0"],
            published: "the brightest dark channel, followed: .62 on photographs", source: "own task", minutes: 17, isLong: true),
        LearningRow(
            "minatar-breakout", recipe: "minatar", goal: LearningGoal(meanReturn: 20, frames: 5_000_000, scope: .median),
            published: "AC(λ) 17.5, DQN 10 at 5,000,000", source: "MinAtar", minutes: 3.5, isLong: true),
        LearningRow(
            "minatar-space-invaders", recipe: "minatar", settings: ["environment=MinAtar/SpaceInvaders-v0"],
            goal: LearningGoal(meanReturn: 190, frames: 5_000_000, scope: .median),
            published: "AC(λ) 186, DQN 43 at 5,000,000", source: "MinAtar", minutes: 3.5, isLong: true),
        LearningRow(
            "minatar-freeway", goal: LearningGoal(meanReturn: 50, frames: 5_000_000, scope: .median),
            published: "DQN 50, AC(λ) 47 at 5,000,000", source: "MinAtar", minutes: 3.5, isLong: true),
        LearningRow(
            "minatar-asterix", recipe: "minatar", settings: ["environment=MinAtar/Asterix-v0"],
            goal: LearningGoal(meanReturn: 22, frames: 5_000_000, scope: .median),
            published: "AC(λ) 19.5, DQN 17 at 5,000,000", source: "MinAtar", minutes: 3.5, isLong: true),
        LearningRow(
            "minatar-seaquest", recipe: "minatar", settings: ["environment=MinAtar/Seaquest-v0"],
            goal: LearningGoal(meanReturn: 18, frames: 5_000_000, scope: .median),
            published: "DQN 20, AC(λ) 16 at 5,000,000", source: "MinAtar", minutes: 3.5, isLong: true),
        // From dreams: a million real frames against what V-trace does with as many, and with five million.
        LearningRow(
            "minatar-breakout-dyna", recipe: "minatar-dyna", goal: LearningGoal(meanReturn: 12, frames: 1_000_000, scope: .median),
            published: "DreamerV2 9 at 1,000,000", source: "a published curve", minutes: 13, isLong: true),
        LearningRow(
            "minatar-space-invaders-dyna", recipe: "minatar-dyna", settings: ["environment=MinAtar/SpaceInvaders-v0"],
            goal: LearningGoal(meanReturn: 322, frames: 1_000_000, scope: .median),
            published: "DreamerV2 45 at 1,000,000", source: "a published curve", minutes: 13, isLong: true),
    ]

    private static let seqgan = LearningData("seqgan", by: "scripts/data seqgan FILE.npz")
    private static let essen = LearningData("essen", by: "scripts/data essen")

    /// The rules by RL Tuner's table and by the songs; what likelihood leaves has a log-probability of −.90 a token, of the songs, and a
    /// diversity of .545, of its own tunes (page Music): at most .3 below, and 80 % of it.
    private static let tunes = [
        LearningBound("repeated", .atMost, 0.001), LearningBound("out_of_key", .atMost, 0.01),
        LearningBound("tonic_start", .atLeast, 0.288),
        LearningBound("leaps_resolved", .atLeast, 0.91), LearningBound("in_motif", .atLeast, 0.75),
        LearningBound("prior_log_probability", .atLeast, -1.2), LearningBound("diversity", .atLeast, 0.436),
    ]

    /// SARSA whose ε falls to 0, so that what it learns becomes what the greedy policy is worth.
    private static func sarsa(lambda: Double, epsilonFrames: Int) -> [String] {
        ["algorithm=sarsa", "sarsa.lambda=\(lambda)", "sarsa.epsilon_end=0", "sarsa.epsilon_frames=\(epsilonFrames)"]
    }

    private static let vtrace = ["algorithm=vtrace", "vtrace.value_cost=0.5", "optimizer.learning_rate=0.002"]
    private static let wide = ["model.encoder=[256]", "model.latent=128"]
}
