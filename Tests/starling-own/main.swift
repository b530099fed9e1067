import StarlingAlgorithms
import StarlingLaunch

// A user's own learner: the usual program, and one algorithm more.
Starling.main(algorithms: .builtIn.adding(Alternating.self))
