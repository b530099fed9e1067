import StarlingLatentQuality
import StarlingLearning
import Testing

@Suite struct AutoencoderWatchTests {
    private let warning = LatentWarning.carriesNothing(share: 0.1)

    @Test func whatLastsIsToldOnce() {
        var watch = AutoencoderWatch()
        for _ in 1..<AutoencoderWatch.judgements { watch.add([warning]) }
        #expect(watch.takeMessages().isEmpty)
        watch.add([.carriesNothing(share: 0.05)])
        #expect(watch.takeMessages() == [LatentWarning.carriesNothing(share: 0.05).message])
        for _ in 0..<2 * AutoencoderWatch.judgements { watch.add([warning]) }
        #expect(watch.takeMessages().isEmpty)
    }

    @Test func whatPassesIsNot() {
        var watch = AutoencoderWatch()
        for report in 0..<4 * AutoencoderWatch.judgements { watch.add(report % AutoencoderWatch.judgements == 0 ? [] : [warning]) }
        #expect(watch.takeMessages().isEmpty)
    }
}
