import Foundation
import StarlingEnvironments

/// What the rules say of melodies, and how alike these are, as lines for people.
struct MelodyReport {
    /// Melodies that are compared with each other.
    static let comparedLimit = 500

    let lines: [String]

    init(_ melodies: [[UInt8]]) {
        let statistics = MelodyStatistics(melodies)
        func share(_ value: Double) -> String { value.isNaN ? "–" : String(format: "%.2f %%", 100 * value) }
        func line(_ name: String, _ value: String) -> String { name.padding(toLength: 34, withPad: " ", startingAt: 0) + value }
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
        let compared = Array(melodies.prefix(Self.comparedLimit))
        if compared.count > 1 {
            lines.append(line("1 − self-BLEU-4 of \(compared.count)", String(format: "%.3f", 1 - selfBLEU(compared))))
        }
        self.lines = lines
    }
}
