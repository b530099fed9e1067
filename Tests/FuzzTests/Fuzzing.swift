import CStarlingAllocationCounter
import Foundation
import StarlingThreads
import Testing

/// How much is tried: a short form within the tests, a long one by `scripts/fuzz`.
enum Fuzzing {
    /// Inputs of each decoder and each role.
    static let inputCount = ProcessInfo.processInfo.environment["STARLING_FUZZ_INPUTS"].flatMap { Int($0) } ?? 20_000
    static let seed = ProcessInfo.processInfo.environment["STARLING_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    /// No input may take longer: an endless loop is a crash, too.
    static let inputSeconds = 2.0

    /// Feeds `body` mutations of `corpus`, and now and then plain noise and truncations.
    ///
    /// - Parameters:
    ///   - isProtobuf: half of the mutations leave the input a Protobuf message.
    ///   - bytesPerByte: bytes that may be allocated for a byte of input, beside 256 KiB.
    ///   - body: gets the input; whether it was accepted.
    static func run(
        _ corpus: [[UInt8]], isProtobuf: Bool = false, bytesPerByte: Int, inputs: Int = inputCount,
        _ body: ([UInt8], inout Mutator) -> Bool
    ) {
        var mutator = Mutator(seed: seed)
        var accepted = 0
        for _ in 0..<inputs {
            var input = corpus[mutator.below(corpus.count)]
            switch mutator.below(16) {
            case 0: input = mutator.noise(upTo: 300)
            case 1: input.removeLast(mutator.below(input.count + 1))
            case 2..<9 where isProtobuf:
                input = mutator.reshape(input)
                if mutator.oneIn(8) { mutator.corrupt(&input) }
            default: mutator.corrupt(&input)
            }
            let most = UInt64(262_144 + bytesPerByte * input.count)
            let start = Deadline.now
            starling_allocations_watch()
            if body(input, &mutator) { accepted += 1 }
            var bytes = starling_allocations_end_bytes()
            var seconds = Deadline.now.seconds(since: start)
            // Caches of the runtime grow once in a while, and other programs want the processor, too: neither is the
            // input's doing. So the second look counts the thread's own seconds, which take longer to ask for.
            for _ in 0..<2 where bytes > most || seconds >= inputSeconds {
                let before = processorSeconds
                starling_allocations_watch()
                _ = body(input, &mutator)
                bytes = starling_allocations_end_bytes()
                seconds = processorSeconds - before
            }
            guard bytes <= most, seconds < inputSeconds else {
                Issue.record("\(bytes) bytes allocated, \(seconds) s, for \(input.count) bytes: \(input.prefix(2000))")
                return
            }
        }
        // Mutations that nothing survives, or that change nothing, test little.
        if inputs >= 1000 { #expect(accepted > inputs / 1000 && accepted < inputs) }
    }

    /// What this thread has used of a processor.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
