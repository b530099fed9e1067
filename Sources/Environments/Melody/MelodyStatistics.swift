/// What the rules say of many melodies: the rows of the table in Jaques et al. 2017. Shares are of 1, NaN of nothing.
package struct MelodyStatistics: Hashable, Sendable {
    /// Of the notes: the fifth or later of the same ones in a row; not of C major; in a bar that is a motif; in one that was there before.
    package private(set) var repeated = 0.0
    package private(set) var outOfKey = 0.0
    package private(set) var inMotif = 0.0
    package private(set) var inRepeatedMotif = 0.0
    /// Of the melodies: whose first note is a C; with one highest note; with one lowest.
    package private(set) var startingWithTonic = 0.0
    package private(set) var uniqueHighest = 0.0
    package private(set) var uniqueLowest = 0.0
    /// Of the leaps that were resolved or doubled: the resolved (`LeapWatch`).
    package private(set) var leapsResolved = 0.0
    /// Of the leaps that a note follows: those that it turns back from.
    package private(set) var leapsTurnedBack = 0.0
    /// Mean over the melodies, at lags 1, 2, 3.
    package private(set) var autocorrelation = [0.0, 0.0, 0.0]
    /// What they were counted of.
    package private(set) var melodies = 0
    package private(set) var notes = 0
    package private(set) var leaps = 0
    /// Leaps that were resolved or doubled.
    package private(set) var judgedLeaps = 0

    /// - Precondition: tokens below 38, at most 64 of each.
    package init(_ melodies: some Sequence<[UInt8]>) {
        for tokens in melodies { add(tokens) }
        func divide(_ sum: WritableKeyPath<Self, Double>, by count: Int) {
            self[keyPath: sum] = count > 0 ? self[keyPath: sum] / Double(count) : .nan
        }
        for share in [\Self.repeated, \.outOfKey, \.inMotif, \.inRepeatedMotif] { divide(share, by: notes) }
        for share in [\Self.startingWithTonic, \.uniqueHighest, \.uniqueLowest] { divide(share, by: self.melodies) }
        divide(\.leapsResolved, by: judgedLeaps)
        divide(\.leapsTurnedBack, by: leaps)
        for lag in 0..<3 { divide(\.autocorrelation[lag], by: self.melodies) }
    }

    private mutating func add(_ tokens: [UInt8]) {
        melodies += 1
        var melody = Composition()
        var isFirst = true
        var watch = LeapWatch()
        for token in tokens {
            melody.append(token)
            let note = melody.note(at: melody.count - 1)
            let outcome = watch.hear(note)
            if outcome != .none { judgedLeaps += 1 }
            if outcome == .resolved { leapsResolved += 1 }
            guard let pitch = note else { continue }
            notes += 1
            if isFirst, MelodyRule.isTonic(pitch) { startingWithTonic += 1 }
            isFirst = false
            if !MelodyRule.isInKey(pitch) { outOfKey += 1 }
            if MelodyRule.runLength(melody) > MelodyRule.repetitionLimit { repeated += 1 }
            if let (before, last) = MelodyRule.lastIntervals(melody), let before, abs(before) >= MelodyRule.fifth {
                leaps += 1
                if before * last < 0 { leapsTurnedBack += 1 }
            }
        }
        for start in stride(from: 0, to: melody.count, by: Composition.barLength) {
            let bar = start..<min(start + Composition.barLength, melody.count)
            let count = Double(bar.count { melody.note(at: $0) != nil })
            if melody.differentNotes(in: bar) >= MelodyRule.motifNotes { inMotif += count }
            if MelodyRule.repeatsMotif(melody, bar) { inRepeatedMotif += count }
        }
        let unique = MelodyRule.uniqueExtremes(melody)
        if unique.highest { uniqueHighest += 1 }
        if unique.lowest { uniqueLowest += 1 }
        for lag in 1...3 { autocorrelation[lag - 1] += Double(melody.autocorrelation(lag: lag)) }
    }
}
