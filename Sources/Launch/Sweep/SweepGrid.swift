import Foundation
import StarlingEnvironments

/// What a sweep tries: keys, each with some values or a range of them.
struct SweepGrid {
    enum Values: Hashable {
        /// As they are written.
        case listed([String])
        /// Drawn evenly, of a range of positive numbers evenly in their logarithms.
        case range(Double, Double)
    }

    let keys: [(name: String, values: Values)]

    /// - Parameter assignments: `key=a,b,c` or `key=low..high`. Commas within brackets part nothing: `model.encoder=[64,64],[128]`.
    init(_ assignments: [String]) throws {
        keys = try assignments.map { assignment in
            guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
                throw CommandError("--set: \"\(assignment)\" is no assignment; write --set key=a,b,c, such as --set seed=1,2")
            }
            let (name, text) = (String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]))
            let ends = text.components(separatedBy: "..")
            if ends.count == 2, let low = Double(ends[0]), let high = Double(ends[1]) {
                guard low < high else { throw CommandError("--set \(assignment): the range ends before it begins") }
                return (name, .range(low, high))
            }
            return (name, .listed(Self.parts(of: text)))
        }
        var names: Set<String> = []
        if let twice = keys.first(where: { !names.insert($0.name).inserted }) {
            throw CommandError("--set names \(twice.name) twice: list all its values in one, \(twice.name)=a,b,c")
        }
    }

    private static func parts(of text: String) -> [String] {
        var (parts, depth) = ([""], 0)
        for letter in text {
            depth += letter == "[" || letter == "{" ? 1 : letter == "]" || letter == "}" ? -1 : 0
            if letter == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(letter) }
        }
        return parts
    }

    /// Every combination, the last key's values changing first.
    var all: [[String]] {
        get throws {
            var combinations: [[String]] = [[]]
            for (name, values) in keys {
                guard case .listed(let values) = values else {
                    throw CommandError("--set \(name)=… is a range, which has no end of values: say how many to draw, --random N")
                }
                combinations = combinations.flatMap { head in values.map { head + ["\(name)=\($0)"] } }
            }
            return combinations
        }
    }

    /// So many combinations, drawn, none twice where there are others.
    func drawn(_ count: Int, seed: UInt64) -> [[String]] {
        var generator = SeededGenerator(seed: seed)
        var (seen, combinations): (Set<[String]>, [[String]]) = ([], [])
        for _ in 0..<100 * count where combinations.count < count {
            let combination = keys.map { name, values in
                switch values {
                case .listed(let values): "\(name)=\(values[generator.below(values.count)])"
                case .range(let low, let high):
                    "\(name)=\(Self.text(Self.value(low, high, &generator), whole: low.rounded() == low && high >= 10))"
                }
            }
            if seen.insert(combination).inserted { combinations.append(combination) }
        }
        return combinations
    }

    private static func value(_ low: Double, _ high: Double, _ generator: inout SeededGenerator) -> Double {
        low > 0 ? exp(generator.uniform(log(low), log(high))) : generator.uniform(low, high)
    }

    /// Three digits: more are no help, and a whole number stays one.
    private static func text(_ value: Double, whole: Bool) -> String {
        whole ? String(Int(value.rounded())) : String(format: "%.3g", value)
    }
}
