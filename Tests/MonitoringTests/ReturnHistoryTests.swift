import StarlingMonitoring
import Testing

@Suite struct ReturnHistoryTests {
    @Test func longRunsKeepTheirWholeSpanInBoundedSpace() {
        var history = ReturnHistory(capacity: 64)
        for value in 0..<10_000 { history.append(Double(value)) }
        #expect(history.points.count < 64 && history.points.count >= 32)
        #expect(history.points == history.points.sorted())
        #expect(history.points[0] < 400 && history.points.last! > 9_000)
    }

    @Test func resamplingKeepsEndsAndMeans() {
        var history = ReturnHistory()
        #expect(history.resampled(to: 10).isEmpty)
        history.append(3)
        #expect(history.resampled(to: 3) == [3, 3, 3])
        history.append(5)
        #expect(history.resampled(to: 5) == [3, 3.5, 4, 4.5, 5])
        #expect(history.resampled(to: 0).isEmpty)
        for value in [7.0, 9] { history.append(value) }
        #expect(history.resampled(to: 2) == [4, 8])
        history.append(.nan)
        #expect(history.points.count == 4)
    }
}
