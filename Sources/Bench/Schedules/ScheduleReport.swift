package import StarlingTrainingRun

/// What `starling bench schedules` found.
package struct ScheduleReport: Sendable, Encodable {
    /// Of the JSON object that `JSONEncoder.forReports()` makes of it.
    package let format = 1
    package let instances: Int
    package let rows: [Row]

    /// One schedule.
    package struct Row: Sendable, Encodable {
        package let name: String
        /// Of the test's pictures, nats a picture: the mean over instances.
        package let elbo: ConfidenceInterval
        package let least: Double
        /// Instance by instance better than the best cosine, nats.
        package let overCosine: PairedDifference
    }

    package init(_ baselines: [ScheduleBench.Row], learned: [ScheduleBench.Row], _ instances: [TrainingInstance]) {
        self.instances = instances.count
        let cosine = baselines[ScheduleBench.bestCosine].elbos
        rows = (baselines + learned).map {
            Row(
                name: $0.name, elbo: ConfidenceInterval($0.elbos), least: $0.elbos.min() ?? 0,
                overCosine: PairedDifference($0.elbos, over: cosine))
        }
    }
}
