/// A store of one article: when to order, and how much, where every order costs the same however large it is.
///
/// Each period one orders up to a level, which comes at once, then customers take what they want; what is not there is owed to them.
/// The reward is minus the period's cost: ``fixedCost`` for an order, and then of the level that is left ``holdingCost`` for each piece
/// in store, or ``shortageCost`` for each that is owed. Best is an (s, S) policy, which orders up to S where the level is at most s
/// (Scarf 1960, "The optimality of (S, s) policies in the dynamic inventory problem"; without discount Iglehart 1963; how to find it:
/// Veinott and Wagner 1965, "Computing optimal (s, S) inventory policies").
///
/// Costs and demand, Poisson with a mean of 10, are those of an instance that Zheng and Federgruen solve (1991, "Finding optimal (s, S)
/// policies is about as simple as evaluating a single policy"): s = 6, S = 40, 35.02 a period. Bounds make it finite that these policies
/// never meet: at most 30 pieces are wanted at a time, 50 have room, and who would be owed more than 20 goes away.
///
/// Action 0 orders nothing, and a of 1…50 up to the level a where there is less. An episode begins with an empty store and is truncated
/// after 100 periods; what it's worth to stop just then is 0.6 % of the costs, which an observation without a clock can't get.
public enum Inventory {
    /// Of an order.
    public static let fixedCost = 64.0
    /// Of a piece in store at a period's end.
    public static let holdingCost = 1.0
    /// Of a piece that is owed at a period's end.
    public static let shortageCost = 9.0
    /// Pieces in store; below 0 those that are owed. State 0 is the lowest of these.
    public static let levels = -20...50
    private static let meanDemand = 10.0
    private static let largestDemand = 30

    /// The problem as a process whose states are `levels`.
    public static let task: TabularTask = {
        let demand = demandProbabilities
        let start = levels.map { $0 == 0 ? 1.0 : 0 }
        let process = MarkovDecisionProcess(actionCount: levels.upperBound + 1, start: start) { state, action in
            outcomes(level: levels.lowerBound + state, orderingUpTo: action, demand)
        }
        return TabularTask(process, timeLimit: 100, draw: lines)
    }()

    /// Of 0, 1, … pieces: Poisson's, cut off and made to sum to 1.
    private static var demandProbabilities: [Double] {
        var weights = [1.0]
        for pieces in 1...largestDemand { weights.append(weights[pieces - 1] * meanDemand / Double(pieces)) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    private static func outcomes(level: Int, orderingUpTo target: Int, _ demand: [Double]) -> [MarkovDecisionProcess.Outcome] {
        let filled = target > 0 ? max(level, target) : level
        let ordering = filled > level ? fixedCost : 0
        var probabilities: [Int: Double] = [:]
        for (pieces, probability) in demand.enumerated() {
            probabilities[max(filled - pieces, levels.lowerBound), default: 0] += probability
        }
        return probabilities.sorted { $0.key > $1.key }.map { left, probability in
            let keeping = left >= 0 ? holdingCost * Double(left) : shortageCost * Double(-left)
            return .init(probability, to: left - levels.lowerBound, reward: -ordering - keeping)
        }
    }

    /// The level as a number and as a bar from 0, to the right what is in store, to the left what is owed.
    private static func lines(_ state: Int) -> [String] {
        let level = levels.lowerBound + state
        let bar = levels.map { place -> Character in
            if place == 0 { return "|" }
            return place > 0 ? (place <= level ? "#" : " ") : (place >= level ? "-" : " ")
        }
        let number = String(level)
        return [String(repeating: " ", count: 3 - number.count) + number + " " + String(bar)]
    }
}
