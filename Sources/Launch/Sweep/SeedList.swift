import ArgumentParser
import Foundation

/// Seeds of runs that differ in nothing else: `1..5`, `1,2,7`, or a number alone.
struct SeedList: ExpressibleByArgument, Hashable {
    let seeds: [UInt64]

    private static let limit = 1000

    init?(argument: String) {
        var seeds: [UInt64] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.components(separatedBy: "..")
            guard ends.count <= 2, let first = UInt64(ends[0]), let last = UInt64(ends[ends.count - 1]), first <= last,
                last - first < Self.limit
            else { return nil }
            seeds += first...last
        }
        guard !seeds.isEmpty, seeds.count <= Self.limit, Set(seeds).count == seeds.count else { return nil }
        self.seeds = seeds
    }

    init(_ seeds: [UInt64]) { self.seeds = seeds }
}
