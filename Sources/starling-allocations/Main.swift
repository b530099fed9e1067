import CStarlingAllocationCounter
import Foundation
import StarlingBench
import StarlingCompute

/// Counts the allocations of the bench's steps and prints them as JSON: `starling bench compute` asks for them, with the tuning
/// of the steps that it times as JSON on standard input. A program of its own, because counting replaces the C library's allocation functions.
@main struct Main {
    static func main() throws {
        // Whoever asked waits: a machine that needs minutes for these steps is not worth it.
        alarm(120)
        guard starling_allocations_can_be_counted() != 0 else {
            FileHandle.standardError.write(Data("starling-allocations: the C library's functions can't be replaced here\n".utf8))
            exit(1)
        }
        var settings = ComputeBench.Settings()
        settings.tuning = try JSONDecoder().decode(Tuning.self, from: FileHandle.standardInput.readToEnd() ?? Data())
        let entries = try AllocationEntry.all(settings) { body in
            starling_allocations_watch_process()
            body()
            let counted = starling_allocations_end_process()
            return AllocationCounts(own: counted.program + counted.runtime, libraries: counted.libraries + counted.other)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(entries), as: UTF8.self))
    }
}
