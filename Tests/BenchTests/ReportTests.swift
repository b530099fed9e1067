import Foundation
import StarlingBench
import StarlingCompute
import Testing

@Suite struct ReportTests {
    @Test func theMedianIsTheMiddle() {
        let timing = Timing([5, 1, 9])
        #expect(timing.minimum == 1 && timing.median == 5 && timing.maximum == 9 && timing.count == 3)
        #expect(Timing([4]).median == 4)
        #expect([4.0, 1, 2, 9].median == 3)
    }

    private static let report: Result<ComputeReport, any Error> = Result {
        var settings = ComputeBench.Settings()
        settings.models = [.mlp]
        settings.seconds = 0.01
        let counts = AllocationCounts(own: 0, libraries: 7)
        let counted = AllocationEntry(model: "mlp", mode: .train, rows: 640, threads: 2, counts: counts)
        return try ComputeBench(settings, allocations: [counted]).run()
    }

    @Test func theQuotientsFollowFromTheNumbers() throws {
        let report = try Self.report.get()
        #expect(report.training.map(\.threads) == [1, 2] && report.acting.map(\.rows) == [1, 16, 64])
        for entry in report.training {
            let samples = entry.samplesPerSecond * entry.milliseconds.median / 1000
            #expect(abs(samples - 640) < 1e-6)
            let rate = entry.shareOfPeak * entry.peak.best
            #expect(abs(rate / entry.gflopPerSecond - 1) < 1e-9)
            #expect(entry.shareOfMedianPeak >= entry.shareOfPeak)
            #expect(entry.peak.threads == entry.threads)
            let work = entry.kernels.map(\.gflop).reduce(0, +)
            #expect(abs(work - entry.gflop) < 1e-9)
        }
        #expect(report.training.map { $0.allocations?.libraries } == [nil, 7])
    }

    @Test func theJSONHasWhatReadersLookFor() throws {
        let data = try JSONEncoder.forReports().encode(Self.report.get())
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == ["format", "device", "peaks", "training", "acting"])
        #expect(object["format"] as? Int == 1)
        let training = try #require((object["training"] as? [[String: Any]])?.last)
        #expect(
            Set(training.keys) == [
                "model", "rows", "threads", "milliseconds", "samples_per_second", "gflop", "gflop_per_second", "peak", "share_of_peak",
                "share_of_median_peak", "allocations", "kernels",
            ])
        let kernel = try #require((training["kernels"] as? [[String: Any]])?.first)
        #expect(Set(kernel.keys) == ["stage", "layer", "kernel", "gflop"])
        #expect((kernel["layer"] as? String) == "product 640×4→64")
        let acting = try #require((object["acting"] as? [[String: Any]])?.first)
        #expect(Set(acting.keys) == ["model", "rows", "microseconds", "samples_per_second"])
    }

    @Test func choicesAreMadeOnceForAllPlans() throws {
        var settings = ComputeBench.Settings()
        settings.models = [.minatar]
        settings.threads = [1]
        try settings.chooseKernels()
        #expect(!settings.tuning.isTimed && !settings.tuning.choices.isEmpty)
        let step = try TrainingStep(.minatar, rows: ReferenceModel.minatar.batches[0], threads: 1, tuning: settings.tuning)
        for choice in step.choices {
            let chosen = settings.tuning.choices["\(choice.layer), 1 thread"]
            #expect(choice.microseconds == chosen?.microseconds)
        }
        #expect(step.choices.contains { $0.microseconds != nil })
        // Names of kernels stay what they are in snake case.
        let data = try JSONEncoder.forReports().encode(["x": settings.tuning.choices.values.map(\.microseconds)])
        #expect(String(decoding: data, as: UTF8.self).contains(CPUKernel.library.rawValue))
    }

    @Test func aRequestIsAnsweredAndAMistakeIsTold() throws {
        var server = ComputeServer(tuning: .fixed)
        #expect(try server.answer("mlp 32 1 train 3").split(separator: " ").compactMap { Double($0) }.count == 3)
        #expect(try server.answer("mlp 32 1 act 1").split(separator: " ").count == 1)
        for mistake in ["", "mlp 32 1 train", "ant 32 1 train 1", "mlp 0 1 train 1", "mlp 32 1 sleep 1"] {
            #expect(try server.answer(mistake).hasPrefix("failed: "))
        }
    }
}
