/// The right name that a wrong one was meant to be.
package enum NearestName {
    /// The nearest name within about a third of the letters, or that begins with what was written, or whose last part is what was written; nil when nothing
    /// is near.
    package static func hint(for name: String, among names: [String]) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let near =
            names
            .map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
            .min { $0.distance < $1.distance }
        if let near, near.distance <= max(2, wanted.count / 3) { return near.name }
        // `CartPole` instead of `CartPole-v1`.
        if wanted.count > 2, let longer = names.first(where: { $0.lowercased().hasPrefix(name.lowercased()) }) {
            return longer
        }
        // `discount` instead of `vtrace.discount`, `vtrace.unroll` instead of `acting.unroll`.
        let last = name.lowercased().split(separator: ".").last.map(String.init) ?? ""
        return names.first { $0.lowercased().split(separator: ".").last.map(String.init) == last }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`
    /// (optimal string alignment distance).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [Int](repeating: i, count: b.count + 1)
            for j in 1...b.count {
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
