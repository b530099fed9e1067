import StarlingTrainingRun
import Testing

/// Trainings against the same in NumPy, `Tests/Fixtures/schedules/make.py`.
@Suite struct TrainingOracleTests {
    /// Mean of six seeds there, of four here; seeds differ by 0.1 nats or so.
    @Test(arguments: [(Schedule.constant, -19.389), (.cosine(0.02), -18.954)])
    func aScheduleIsWorthWhatItIsElsewhere(schedule: Schedule, elbo: Double) throws {
        let trainings = TrainingFactory(try TestDigits.data.get())
        let elbos = (1...4 as ClosedRange<UInt64>).map { seed in
            let instance = TrainingInstance(seed: seed, width: 64, latentCount: 8, batch: 64, rate: 0.01)
            return schedule.train(instance, trainings, TrainingRun.Settings()).test.elbo
        }
        let mean = elbos.reduce(0, +) / Double(elbos.count)
        #expect(abs(mean - elbo) < 0.2, "\(elbos)")
    }

    /// Or the test above would say nothing of the rate.
    @Test func anotherRateIsWorthAnotherBound() throws {
        let trainings = TrainingFactory(try TestDigits.data.get())
        let instance = TrainingInstance(seed: 1, width: 64, latentCount: 8, batch: 64, rate: 3e-4)
        #expect(Schedule.constant.train(instance, trainings, TrainingRun.Settings()).test.elbo < -22)
    }
}
