import StarlingExperience
public import StarlingLatentPolicy

extension LatentDynamics {
    /// The action of a row as the model sees it.
    /// - Parameter features: `[actionCount]`, zeros before.
    public func describe(_ batch: HostBatch, _ row: Int, into features: UnsafeMutablePointer<Float>) {
        if batch.actions.isEmpty {
            describe(UnsafePointer(batch.samples.baseAddress! + row * actionCount), into: features)
        } else {
            describe(UnsafePointer(batch.actions.baseAddress! + row * batch.environment.action.width), into: features)
        }
    }
}
