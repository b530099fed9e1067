import Foundation
import StarlingConfiguration
import StarlingLearning

/// The recipes within the program. They are YAML files in `Recipes`, embedded when it is built.
struct RecipeRegistry: Sendable {
    struct Recipe: Sendable {
        let name: String
        let text: String

        /// The first line of its comment.
        var summary: String {
            text.split(separator: "\n").first.map { $0.drop { $0 == "#" || $0 == " " } }.map(String.init) ?? ""
        }

        /// What it names, or the default.
        var algorithm: String {
            let named = (try? RunFile(text: text, name: name))?.settings.first { $0.name == "algorithm" }?.value.description
            return named ?? RunSettings().algorithm
        }
    }

    let recipes: [Recipe]

    static let builtIn = RecipeRegistry(recipes: [
        Recipe(name: "acrobot", bytes: PackageResources.acrobot_yaml),
        Recipe(name: "atari", bytes: PackageResources.atari_yaml),
        Recipe(name: "carracing", bytes: PackageResources.carracing_yaml),
        Recipe(name: "cartpole", bytes: PackageResources.cartpole_yaml),
        Recipe(name: "cartpole-dqn", bytes: PackageResources.cartpole_dqn_yaml),
        Recipe(name: "cartpole-dyna", bytes: PackageResources.cartpole_dyna_yaml),
        Recipe(name: "cartpole-pixels", bytes: PackageResources.cartpole_pixels_yaml),
        Recipe(name: "cartpole-ppo", bytes: PackageResources.cartpole_ppo_yaml),
        Recipe(name: "cartpole-pqn", bytes: PackageResources.cartpole_pqn_yaml),
        Recipe(name: "cartpole-reinforce", bytes: PackageResources.cartpole_reinforce_yaml),
        Recipe(name: "cartpole-sarsa", bytes: PackageResources.cartpole_sarsa_yaml),
        Recipe(name: "cartpole-search", bytes: PackageResources.cartpole_search_yaml),
        Recipe(name: "catch", bytes: PackageResources.catch_yaml),
        Recipe(name: "catch-dyna", bytes: PackageResources.catch_dyna_yaml),
        Recipe(name: "catch-search", bytes: PackageResources.catch_search_yaml),
        Recipe(name: "cliffwalking", bytes: PackageResources.cliffwalking_yaml),
        Recipe(name: "connectfour", bytes: PackageResources.connectfour_yaml),
        Recipe(name: "dehaze", bytes: PackageResources.dehaze_yaml),
        Recipe(name: "digits", bytes: PackageResources.digits_yaml),
        Recipe(name: "drawing", bytes: PackageResources.drawing_yaml),
        Recipe(name: "dynamaze", bytes: PackageResources.dynamaze_yaml),
        Recipe(name: "frozenlake", bytes: PackageResources.frozenlake_yaml),
        Recipe(name: "frozenlake8x8", bytes: PackageResources.frozenlake8x8_yaml),
        Recipe(name: "gymnasium", bytes: PackageResources.gymnasium_yaml),
        Recipe(name: "halfcheetah", bytes: PackageResources.halfcheetah_yaml),
        Recipe(name: "highway", bytes: PackageResources.highway_yaml),
        Recipe(name: "highway-safe", bytes: PackageResources.highway_safe_yaml),
        Recipe(name: "hopper", bytes: PackageResources.hopper_yaml),
        Recipe(name: "inventory", bytes: PackageResources.inventory_yaml),
        Recipe(name: "invertedpendulum", bytes: PackageResources.invertedpendulum_yaml),
        Recipe(name: "library", bytes: PackageResources.library_yaml),
        Recipe(name: "lunarlander", bytes: PackageResources.lunarlander_yaml),
        Recipe(name: "minatar", bytes: PackageResources.minatar_yaml),
        Recipe(name: "minatar-dyna", bytes: PackageResources.minatar_dyna_yaml),
        Recipe(name: "minatar-freeway", bytes: PackageResources.minatar_freeway_yaml),
        Recipe(name: "minigrid", bytes: PackageResources.minigrid_yaml),
        Recipe(name: "mountaincar", bytes: PackageResources.mountaincar_yaml),
        Recipe(name: "movies", bytes: PackageResources.movies_yaml),
        Recipe(name: "music", bytes: PackageResources.music_yaml),
        Recipe(name: "music-psi", bytes: PackageResources.music_psi_yaml),
        Recipe(name: "pendulum", bytes: PackageResources.pendulum_yaml),
        Recipe(name: "pendulum-cem", bytes: PackageResources.pendulum_cem_yaml),
        Recipe(name: "pendulum-dyna", bytes: PackageResources.pendulum_dyna_yaml),
        Recipe(name: "pendulum-ppo", bytes: PackageResources.pendulum_ppo_yaml),
        Recipe(name: "pendulum-sac", bytes: PackageResources.pendulum_sac_yaml),
        Recipe(name: "portfolio", bytes: PackageResources.portfolio_yaml),
        Recipe(name: "racetrack", bytes: PackageResources.racetrack_yaml),
        Recipe(name: "recall", bytes: PackageResources.recall_yaml),
        Recipe(name: "recall-dqn", bytes: PackageResources.recall_dqn_yaml),
        Recipe(name: "recall-dyna", bytes: PackageResources.recall_dyna_yaml),
        Recipe(name: "road", bytes: PackageResources.road_yaml),
        Recipe(name: "satisfaction", bytes: PackageResources.satisfaction_yaml),
        Recipe(name: "schedules", bytes: PackageResources.schedules_yaml),
        Recipe(name: "schedules-ppo", bytes: PackageResources.schedules_ppo_yaml),
        Recipe(name: "schedules-vtrace", bytes: PackageResources.schedules_vtrace_yaml),
        Recipe(name: "slates", bytes: PackageResources.slates_yaml),
        Recipe(name: "taxi", bytes: PackageResources.taxi_yaml),
        Recipe(name: "text", bytes: PackageResources.text_yaml),
        Recipe(name: "text-seqgan", bytes: PackageResources.text_seqgan_yaml),
        Recipe(name: "tracking", bytes: PackageResources.tracking_yaml),
    ])

    /// Whether a name is that of a recipe within the program, not of a file.
    func contains(_ name: String) -> Bool { recipes.contains { $0.name == name } }

    /// What a recipe says, or the user's own file when `name` is a path.
    func file(_ name: String) throws(ConfigurationError) -> RunFile {
        if let recipe = recipes.first(where: { $0.name == name }) {
            return try RunFile(text: recipe.text, name: "recipe \(name)")
        }
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return try RunFile(path: name) }
        throw .unknown("recipe", name, among: recipes.map(\.name))
    }
}

extension RecipeRegistry.Recipe {
    init(name: String, bytes: [UInt8]) { self.init(name: name, text: String(decoding: bytes, as: UTF8.self)) }
}
