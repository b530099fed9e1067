import StarlingLatentQuality
import StarlingLearning
import Testing

@Suite struct WarningWatchTests {
    private let warning = LatentWarning.carriesNothing(share: 0.1)

    @Test func whatLastsIsToldOnce() {
        var watch = WarningWatch()
        for _ in 1..<warning.patience { watch.add([warning]) }
        #expect(watch.takeMessages().isEmpty)
        watch.add([LatentWarning.carriesNothing(share: 0.05)])
        #expect(watch.takeMessages() == [LatentWarning.carriesNothing(share: 0.05).message])
        #expect(watch.lasts(warning))
        for _ in 0..<2 * warning.patience { watch.add([warning]) }
        #expect(watch.takeMessages().isEmpty)
    }

    @Test func whatPassesIsNot() {
        var watch = WarningWatch()
        for report in 0..<4 * warning.patience {
            watch.add(report % warning.patience == 0 ? [] : [warning])
            #expect(!watch.lasts(warning))
        }
        #expect(watch.takeMessages().isEmpty)
    }
}
