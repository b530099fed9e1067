import ArgumentParser
import StarlingConfiguration
import StarlingEnvironments
import StarlingLearning

struct ListCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Names the recipes, environments and algorithms.")

    @Flag(help: "Print every key of a recipe with its default and reason, as a recipe, and nothing else.")
    var keys = false

    func run(in program: Program) -> Int32 {
        guard !keys else {
            print(RunSettings.keys.yaml(of: RunSettings(), reasons: true), terminator: "")
            return 0
        }
        section("Recipes", program.recipes.recipes.map { ($0.name, $0.summary) })
        section("Environments", program.environments.entries.map { ($0.name, $0.summary) })
        section("Algorithms", program.algorithms.entries.map { ($0.name, $0.summary) })
        return 0
    }

    private func section(_ title: String, _ lines: [(name: String, summary: String)]) {
        print(title)
        let width = lines.map(\.name.count).max() ?? 0
        for line in lines {
            let space = String(repeating: " ", count: width - line.name.count + 2)
            print("  \(line.name)\(space)\(line.summary)")
        }
    }
}
