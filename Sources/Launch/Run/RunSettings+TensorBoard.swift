import StarlingConfiguration
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring

extension RunSettings {
    /// What TensorBoard is told of a run. What an option of the environment may hold that is nobody's business stays here: event files are
    /// sent around.
    func tensorBoardDescription(recipe: String, generation: UInt32, frames: UInt64) -> TensorBoardFile.Description {
        let shown = withoutSecrets
        let differences = shown.keys.differences(of: shown, from: RunSettings(algorithms: algorithms))
        var parameters = differences.filter { $0.name != "seed" }.map { (name: $0.name, value: HyperParameter($0.value)) }
        for name in ["algorithm", "environment"] where !parameters.contains(where: { $0.name == name }) {
            parameters.append((name, .text(shown.keys.text(of: name, in: shown))))
        }
        let group = recipe + differences.filter { $0.name != "seed" }.map { " \($0.name)=\($0.value)" }.joined()
        parameters.append(("seed", .number(Double(seed))))
        return TensorBoardFile.Description(
            configuration: "Recipe `\(recipe)`, by \(Build.description).\n\n```yaml\n\(shown.keys.yaml(of: shown))```\n",
            parameters: parameters,
            group: group, generation: generation, frames: frames)
    }

    /// With other values in the place of options that are called like a secret.
    var withoutSecrets: RunSettings {
        var settings = self
        settings.environmentOptions = environmentOptions.withoutSecrets
        return settings
    }
}
