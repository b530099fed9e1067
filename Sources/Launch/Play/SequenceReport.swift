import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingMonitoring

/// What can be measured of sequences that episodes wrote, beside their returns.
struct SequenceReport {
    /// Of one name for programs and one for people; NaN where there was nothing to measure.
    struct Measure {
        let key: String
        let words: String
        let value: Double
        var isShare = false
    }

    let measures: [Measure]

    /// Of an environment whose episodes write sequences; nil of others.
    static func measuring(_ environment: EnvironmentSpec) -> (([[UInt16]]) throws -> SequenceReport)? {
        switch environment.name {
        case DigitDrawing.name: { try SequenceReport(drawings: $0) }
        case Melody.name: { SequenceReport(melodies: $0) }
        case let name where OracleText.names.contains(name): { SequenceReport(texts: $0) }
        default: nil
        }
    }

    /// For people.
    var lines: [String] {
        measures.map { measure in
            let value = String(format: measure.isShare ? "%.2f %%" : "%.3f", measure.isShare ? 100 * measure.value : measure.value)
            return measure.words.padding(toLength: 36, withPad: " ", startingAt: 0) + (measure.value.isNaN ? "–" : value)
        }
    }

    var json: JSONValue { .object(measures.map { .init($0.key, .number($0.value)) }) }
}

extension SequenceReport {
    /// Texts that are compared with each other: self-BLEU grows with their number.
    private static let comparedTexts = 500

    private init(texts: [[UInt16]]) {
        let compared = Array(texts.prefix(Self.comparedTexts))
        measures = [2, 3].map { order in
            Measure(
                key: "self_bleu\(order)", words: "self-BLEU-\(order) of \(compared.count)",
                value: compared.count > 1 ? selfBLEU(compared, order: order) : .nan)
        }
    }
}

extension SequenceReport {
    private init(drawings: [[UInt16]]) throws {
        let file = try DrawingFile.shared.get()
        let statistics = DrawingStatistics(drawings.map { Drawing($0.map { UInt8($0) }) }, real: file.held, file.classifier)
        measures = [
            Measure(key: "agreement", words: "named as the classifier does", value: statistics.agreement, isShare: true),
            Measure(key: "malformed", words: "with a token out of place", value: statistics.malformed, isShare: true),
            Measure(key: "neighbour_auc", words: "told from real ones by neighbours", value: statistics.neighbourAUC),
        ]
    }
}

extension SequenceReport {
    /// Melodies that are compared with each other, and their first notes that are.
    private static let comparedMelodies = 500
    private static let comparedNotes = 12

    private init(melodies: [[UInt16]]) {
        let melodies = melodies.map { $0.map { UInt8($0) } }
        let statistics = MelodyStatistics(melodies)
        func share(_ key: String, _ words: String, _ value: Double) -> Measure {
            Measure(key: key, words: words, value: value, isShare: true)
        }
        let compared = Self.openings(of: melodies)
        measures =
            [
                Measure(
                    key: "notes", words: "notes a melody", value: Double(statistics.notes) / Double(max(1, statistics.melodies))),
                share("repeated", "notes repeated more than 4 times", statistics.repeated),
                share("out_of_key", "notes out of the key", statistics.outOfKey),
                share("tonic_start", "melodies that start with the tonic", statistics.startingWithTonic),
                share("leaps_resolved", "leaps resolved", statistics.leapsResolved),
                share("leaps_turned_back", "leaps turned back from at once", statistics.leapsTurnedBack),
                share("unique_highest", "melodies with one highest note", statistics.uniqueHighest),
                share("unique_lowest", "melodies with one lowest note", statistics.uniqueLowest),
                share("in_motif", "notes in motifs", statistics.inMotif),
                share("in_repeated_motif", "notes in repeated motifs", statistics.inRepeatedMotif),
            ]
            + statistics.autocorrelation.enumerated().map { lag, value in
                Measure(key: "autocorrelation\(lag + 1)", words: "autocorrelation of lag \(lag + 1)", value: value)
            }
            + [
                Measure(
                    key: "diversity", words: "1 − self-BLEU-4 of \(compared.count)",
                    value: compared.count > 1 ? 1 - selfBLEU(compared) : .nan)
            ]
    }

    /// The first notes of melodies that have so many, each with its length one token: “nothing happens”, which is most of what is written,
    /// would make all melodies alike.
    private static func openings(of melodies: [[UInt8]]) -> [[UInt16]] {
        Array(
            melodies.lazy.map { Composition($0).notes }.filter { $0.count >= comparedNotes }.prefix(comparedMelodies)
                .map { $0.prefix(comparedNotes).map { UInt16($0.pitch) << 8 | UInt16($0.length) } })
    }
}
