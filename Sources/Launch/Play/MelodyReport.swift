import Foundation
import StarlingEnvironments

/// What the rules say of melodies, and how alike these are, as lines for people.
struct MelodyReport {
    /// Melodies that are compared with each other, and their first notes that are.
    private static let comparedMelodies = 500
    private static let comparedNotes = 12

    let lines: [String]

    init(_ melodies: [[UInt8]]) {
        let statistics = MelodyStatistics(melodies)
        func share(_ value: Double) -> String { value.isNaN ? "–" : String(format: "%.2f %%", 100 * value) }
        func line(_ name: String, _ value: String) -> String { name.padding(toLength: 36, withPad: " ", startingAt: 0) + value }
        var lines = [
            line("notes a melody", String(format: "%.1f", Double(statistics.notes) / Double(max(1, statistics.melodies)))),
            line("notes repeated more than 4 times", share(statistics.repeated)),
            line("notes out of the key", share(statistics.outOfKey)),
            line("melodies that start with the tonic", share(statistics.startingWithTonic)),
            line("leaps resolved", share(statistics.leapsResolved)),
            line("unique highest, lowest note", share(statistics.uniqueHighest) + ", " + share(statistics.uniqueLowest)),
            line("notes in motifs, in repeated ones", share(statistics.inMotif) + ", " + share(statistics.inRepeatedMotif)),
            line(
                "autocorrelation of lags 1, 2, 3",
                statistics.autocorrelation.map { String(format: "%.2f", $0) }.joined(separator: ", ")),
        ]
        let compared = Self.openings(of: melodies)
        if compared.count > 1 {
            let alike = selfBLEU(compared)
            lines.append(line("1 − self-BLEU-4 of \(compared.count)", String(format: "%.3f", 1 - alike)))
        }
        self.lines = lines
    }

    /// The first notes of melodies that have so many, each with its length one token: “nothing happens”, which is most of what is written,
    /// would make all melodies alike.
    private static func openings(of melodies: [[UInt8]]) -> [[UInt16]] {
        Array(
            melodies.lazy.map { Composition($0).notes }.filter { $0.count >= comparedNotes }.prefix(comparedMelodies)
                .map { $0.prefix(comparedNotes).map { UInt16($0.pitch) << 8 | UInt16($0.length) } })
    }
}
