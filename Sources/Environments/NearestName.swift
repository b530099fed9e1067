/// The name somebody probably meant.
enum NearestName {
    /// The candidate with the fewest edits to `name`, ignoring case, if that is no more than half its length.
    static func of(_ name: String, in candidates: [String]) -> String? {
        let best = candidates.map { ($0, distance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
        guard let (candidate, edits) = best, edits <= max(2, candidate.count / 2) else { return nil }
        return candidate
    }

    /// Insertions, deletions and substitutions from one to the other (Levenshtein).
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
