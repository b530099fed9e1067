import StarlingCompute

/// Makes trainings on one set of data, and keeps the plans of the sizes it has met. Confined to one thread, with all it made: of the
/// trainings of one size only one is on at a time.
package final class TrainingFactory {
    package let data: TrainingData
    private var models: [Size: AutoencoderPlan] = [:]

    private struct Size: Hashable {
        let width: Int
        let latentCount: Int
    }

    package init(_ data: TrainingData) { self.data = data }

    package func makeTraining(of instance: TrainingInstance) -> InnerTraining {
        let size = Size(width: instance.width, latentCount: instance.latentCount)
        if let model = models[size] { return InnerTraining(instance, model, data) }
        do {
            let model = try AutoencoderPlan(pictureWidth: data.width, width: size.width, latentCount: size.latentCount)
            models[size] = model
            return InnerTraining(instance, model, data)
        } catch {
            fatalError("no plan of an autoencoder \(size.width), \(size.latentCount): \(error)")
        }
    }
}
