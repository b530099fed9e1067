import StarlingLearning
import StarlingMonitoring
import Testing

/// What a console shows as frames per second.
@Suite struct RecentRateTests {
    private var rate = RecentRate()

    private mutating func note(_ seconds: Double, _ frames: UInt64) -> Double? {
        var report = LearnerReport()
        (report.wallSeconds, report.frames) = (seconds, frames)
        return rate.value(with: report)
    }

    /// Batches of 4,096 frames a second are told as that, though half of the reports have none.
    @Test mutating func reportsWithoutAnUpdateDontCount() {
        #expect(note(0, 0) == nil && note(0.5, 0) == nil)
        for second in 1...30 {
            #expect(note(Double(second), 4096 * UInt64(second)) == 4096)
            #expect(note(Double(second) + 0.5, 4096 * UInt64(second)) == 4096)
        }
    }

    @Test mutating func itFollowsWhatIsSlowerAndWhatStops() throws {
        for second in 0...20 { _ = note(Double(second), 1000 * UInt64(second)) }
        for second in 1...20 { _ = note(20 + Double(second), 20_000 + 10 * UInt64(second)) }
        #expect(try #require(note(40.5, 20_200)) == 10)
        #expect(try #require(note(60, 20_200)) < 6)
    }

    /// One update takes longer than the window is.
    @Test mutating func slowUpdatesAreToldByTheLastTwo() {
        _ = note(0, 0)
        #expect(note(30, 600) == 20 && note(45, 600) == 20 && note(60, 1200) == 20)
    }
}
