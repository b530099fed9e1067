import Foundation
import StarlingAlgorithms
import StarlingLaunch

// The program of a user who made the mistake that the variable FAULT names.
var environments: EnvironmentRegistry =
    .builtIn + [.init("observation") { Faulty("observation") }, .init("reward") { Faulty("reward") }]
var algorithms: AlgorithmRegistry = .builtIn.adding(BrokenLoss.self).adding(MixedShapes.self).adding(TakenHead.self)
switch ProcessInfo.processInfo.environment["FAULT"] {
case "taken environment": environments = environments + [.init("Catch") { Faulty("") }]
case "actions": environments = environments + [.init("actions") { Faulty("actions") }]
case "taken algorithm": algorithms = algorithms.adding(A2C.self)
case "section": algorithms = algorithms.adding(NamedModel.self)
case "words": algorithms = algorithms.adding(NamedInWords.self)
case "default": algorithms = algorithms.adding(BadDefault.self)
case "key": algorithms = algorithms.adding(KeyTwice.self)
default: break
}
Starling.main(environments: environments, algorithms: algorithms)
