/// What makes a melody good, as rewards for each token that is written: rules of harmony and of rhythm after those of RL Tuner (Jaques et
/// al. 2017, section 4.2, which follows Gauldin, "A Practical Approach to Eighteenth-Century Counterpoint"). They are of C major.
package enum MelodyRule: CaseIterable, Sendable {
    case key, tonic, repetition, interval, leap, extremes, motif, repeatedMotif, autocorrelation

    /// Notes in a row that may be the same.
    package static let repetitionLimit = 4
    /// Semitones of a fifth, from which on a step is a leap, and of an octave.
    package static let fifth = 7
    package static let octave = 12
    /// Different notes that make a bar a motif.
    package static let motifNotes = 3
    /// Correlation of the tokens with themselves, one to three steps later, from which on it is punished.
    package static let autocorrelationLimit: Float = 0.15
    /// Last steps, which the tonic is to be held over.
    package static let endLength = 4

    /// What the last token earns by this rule.
    package func reward(_ melody: Composition) -> Float {
        switch self {
        case .key: Self.key(melody)
        case .tonic: Self.tonic(melody)
        case .repetition: Self.repetition(melody)
        case .interval: Self.interval(melody)
        case .leap: Self.leap(melody)
        case .extremes: Self.extremes(melody)
        case .motif: Self.motif(melody)
        case .repeatedMotif: Self.repeatedMotif(melody)
        case .autocorrelation: Self.autocorrelation(melody)
        }
    }

    /// What the last token earns by all of them.
    package static func reward(_ melody: Composition) -> Float {
        allCases.reduce(0) { $0 + $1.reward(melody) }
    }

    /// Whether the last note breaks a rule that a single note can break.
    package static func isBroken(by melody: Composition) -> Bool {
        [key, repetition, interval, leap].contains { $0.reward(melody) < 0 }
    }

    package static func isInKey(_ pitch: Int) -> Bool { (1 << (pitch % octave)) & 0b1010_1011_0101 != 0 }
    package static func isTonic(_ pitch: Int) -> Bool { pitch % octave == 0 }

    /// −1 for a note that C major doesn't have.
    private static func key(_ melody: Composition) -> Float {
        guard let pitch = melody.note(at: melody.count - 1), !isInKey(pitch) else { return 0 }
        return -1
    }

    /// 3 for a C as the first token, and as the fourth from the last; 1 for each of the last three that lets it sound.
    private static func tonic(_ melody: Composition) -> Float {
        let (step, end) = (melody.count - 1, Composition.length - endLength)
        if step == 0 || step == end { return melody.note(at: step).map(isTonic) == true ? 3 : 0 }
        guard step > end, melody.note(at: end).map(isTonic) == true else { return 0 }
        return (end + 1...step).allSatisfy { melody[$0] == Composition.noEvent } ? 1 : 0
    }

    /// −5 for each note that is the fifth or later of the same ones in a row, whatever lies between them.
    private static func repetition(_ melody: Composition) -> Float {
        runLength(melody) > repetitionLimit ? -5 : 0
    }

    /// How many notes in a row are like the one that the last token begins; 0 where it begins none.
    package static func runLength(_ melody: Composition) -> Int {
        guard melody.note(at: melody.count - 1) != nil else { return 0 }
        var (length, step) = (1, melody.count - 1)
        while let before = melody.noteStep(before: step), melody[before] == melody[melody.count - 1] {
            (length, step) = (length + 1, before)
        }
        return length
    }

    /// −2 for an interval that is hard to sing: a seventh, or more than an octave.
    private static func interval(_ melody: Composition) -> Float {
        guard let (_, last) = lastIntervals(melody) else { return 0 }
        return [10, 11].contains(abs(last)) || abs(last) > octave ? -2 : 0
    }

    /// 1 for the note that resolves a leap, −3 for another leap the same way while one is open.
    private static func leap(_ melody: Composition) -> Float {
        guard melody.note(at: melody.count - 1) != nil else { return 0 }
        var (watch, outcome) = (LeapWatch(), LeapWatch.Outcome.none)
        for step in 0..<melody.count { outcome = watch.hear(melody.note(at: step)) }
        switch outcome {
        case .none: return 0
        case .resolved: return 1
        case .doubled: return -3
        }
    }

    /// Semitones to the note that the last token begins, and those of the interval before; nil where there are none.
    package static func lastIntervals(_ melody: Composition) -> (before: Int?, last: Int)? {
        let step = melody.count - 1
        guard let third = melody.note(at: step), let place = melody.noteStep(before: step), let second = melody.note(at: place) else {
            return nil
        }
        let first = melody.noteStep(before: place).flatMap { melody.note(at: $0) }
        return (first.map { second - $0 }, third - second)
    }

    /// At the end 3 if the highest note is there once, and 3 for the lowest.
    private static func extremes(_ melody: Composition) -> Float {
        guard melody.isComplete else { return 0 }
        let unique = uniqueExtremes(melody)
        return (unique.highest ? 3 : 0) + (unique.lowest ? 3 : 0)
    }

    package static func uniqueExtremes(_ melody: Composition) -> (highest: Bool, lowest: Bool) {
        var (highest, lowest, highestCount, lowestCount) = (Int.min, Int.max, 0, 0)
        for step in 0..<melody.count {
            guard let pitch = melody.note(at: step) else { continue }
            if pitch > highest { (highest, highestCount) = (pitch, 0) }
            if pitch < lowest { (lowest, lowestCount) = (pitch, 0) }
            if pitch == highest { highestCount += 1 }
            if pitch == lowest { lowestCount += 1 }
        }
        return (highestCount == 1, lowestCount == 1)
    }

    /// At the end of a bar 3 if it is a motif: it has three different notes or more.
    private static func motif(_ melody: Composition) -> Float {
        guard melody.endsBar, melody.differentNotes(in: melody.lastBar) >= motifNotes else { return 0 }
        return 3
    }

    /// At the end of a bar 2 if it is a motif that was there before.
    private static func repeatedMotif(_ melody: Composition) -> Float {
        melody.endsBar && repeatsMotif(melody, melody.lastBar) ? 2 : 0
    }

    /// Whether a bar is a motif and the same as an earlier one.
    package static func repeatsMotif(_ melody: Composition, _ bar: Range<Int>) -> Bool {
        guard melody.differentNotes(in: bar) >= motifNotes else { return false }
        return stride(from: 0, to: bar.lowerBound, by: Composition.barLength).contains { start in
            (0..<bar.count).allSatisfy { melody[start + $0] == melody[bar.lowerBound + $0] }
        }
    }

    /// At the end −1 for each lag of one to three steps at which the tokens go with themselves.
    private static func autocorrelation(_ melody: Composition) -> Float {
        guard melody.isComplete else { return 0 }
        return (1...3).reduce(0) { $0 - (melody.autocorrelation(lag: $1) > autocorrelationLimit ? 1 : 0) }
    }
}
