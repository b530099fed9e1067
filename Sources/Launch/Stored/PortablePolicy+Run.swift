import StarlingExperience
import StarlingExport
import StarlingLatentPolicy
import StarlingLearning

extension PortablePolicy {
    /// What a run's policy is, whatever its numbers become.
    init(of settings: RunSettings, _ environment: EnvironmentSpec, recipe: String) throws(ExportError) {
        let policy = LatentPolicy(model: settings.modelSpec(for: environment), environment: environment)
        try self.init(policy, values: settings.actionValues, about: ["recipe": recipe, "algorithm": settings.algorithm])
    }
}
