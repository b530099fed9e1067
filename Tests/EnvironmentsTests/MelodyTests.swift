import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct MelodyTests {
    /// Notes by their MIDI numbers, each held for so many sixteenths; nil ends the one before.
    private func melody(_ notes: [(Int?, Int)]) -> [UInt8] {
        notes.flatMap { pitch, length in
            [pitch.map { UInt8($0 - 48 + 2) } ?? 0] + [UInt8](repeating: 1, count: length - 1)
        }
    }

    /// What each token earns by a rule.
    private func rewards(_ rule: MelodyRule, _ tokens: [UInt8]) -> [Float] {
        var prefix = Composition()
        return tokens.map {
            prefix.append($0)
            return rule.reward(prefix)
        }
    }

    @Test func theKeyIsCMajor() {
        let scale = melody((60..<72).map { ($0, 1) })
        #expect(rewards(.key, scale) == [0, -1, 0, -1, 0, 0, -1, 0, -1, 0, -1, 0])
        #expect(rewards(.key, [0, 1]) == [0, 0])
    }

    @Test func theTonicBeginsAndEnds() {
        let middle = melody([(64, 59)])
        #expect(rewards(.tonic, melody([(60, 1)]) + middle + melody([(48, 4)])).filter { $0 != 0 } == [3, 3, 1, 1, 1])
        #expect(rewards(.tonic, melody([(62, 1)]) + middle + melody([(72, 2), (nil, 2)])).filter { $0 != 0 } == [3, 1])
        // Held from before, it doesn't end it.
        #expect(rewards(.tonic, melody([(60, 64)])) == [3] + [Float](repeating: 0, count: 63))
    }

    @Test func theFifthOfTheSameNotesIsOneTooMany() {
        #expect(rewards(.repetition, melody([(60, 1), (60, 1), (60, 1), (60, 1), (60, 1), (60, 1)])) == [0, 0, 0, 0, -5, -5])
        let apart = melody([(60, 2), (nil, 1), (60, 1), (60, 3), (60, 1), (60, 1), (62, 1), (60, 1)])
        #expect(rewards(.repetition, apart).filter { $0 != 0 } == [-5])
    }

    @Test(arguments: [(5, 0), (9, 0), (10, -2), (11, -2), (12, 0), (13, -2)] as [(Int, Float)])
    func seventhsAndMoreThanAnOctaveAreHard(semitones: Int, reward: Float) {
        #expect(rewards(.interval, melody([(60, 1), (60 + semitones, 1)])) == [0, reward])
        #expect(rewards(.interval, melody([(80, 2), (80 - semitones, 1)])) == [0, 0, reward])
    }

    @Test func leapsAreToBeResolved() {
        // Step by step to where it came from, or beyond; not before.
        #expect(rewards(.leap, melody([(60, 1), (67, 1), (64, 1), (60, 1)])) == [0, 0, 0, 1])
        #expect(rewards(.leap, melody([(67, 1), (60, 2), (64, 1), (69, 1), (71, 1)])) == [0, 0, 0, 0, 1, 0])
        // By a leap back, unless at once, which only closes it.
        #expect(rewards(.leap, melody([(67, 1), (60, 8), (67, 1)])).filter { $0 != 0 } == [1])
        #expect(rewards(.leap, melody([(67, 1), (60, 7), (67, 1), (74, 1)])).allSatisfy { $0 == 0 })
        // Another the same way, even when it has turned back.
        #expect(rewards(.leap, melody([(60, 1), (67, 1), (74, 1)])) == [0, 0, -3])
        #expect(rewards(.leap, melody([(60, 1), (67, 1), (65, 1), (72, 1)])) == [0, 0, 0, -3])
        #expect(rewards(.leap, melody([(60, 1), (66, 1), (60, 1)])) == [0, 0, 0])
    }

    @Test func theHighestAndTheLowestNoteAreUnique() {
        let both = melody([(60, 16), (72, 16), (64, 16), (65, 16)])
        #expect(rewards(.extremes, both).filter { $0 != 0 } == [6])
        let lowest = melody([(60, 16), (72, 16), (72, 16), (65, 16)])
        #expect(rewards(.extremes, lowest) == [Float](repeating: 0, count: 63) + [3])
        #expect(rewards(.extremes, melody([(60, 32), (60, 32)])).allSatisfy { $0 == 0 })
    }

    @Test func aBarOfThreeNotesIsAMotif() {
        let bar = melody([(60, 8), (64, 4), (62, 4)])
        let dull = melody([(60, 8), (64, 4), (60, 4)])
        let other = melody([(60, 8), (64, 3), (62, 5)])
        let tokens = bar + dull + other + bar
        #expect(stride(from: 15, to: 64, by: 16).map { rewards(.motif, tokens)[$0] } == [3, 0, 3, 3])
        #expect(rewards(.motif, tokens).reduce(0, +) == 9)
        #expect(rewards(.repeatedMotif, tokens) == [Float](repeating: 0, count: 63) + [2])
        #expect(rewards(.repeatedMotif, dull + dull).allSatisfy { $0 == 0 })
    }

    @Test func tokensThatGoWithThemselvesArePunished() {
        // Period 4, a note and three tokens of its length: r₁, r₂, r₃ = −21/64 …; all below the limit.
        let even = [UInt8]((0..<16).flatMap { _ in [20, 1, 1, 1] as [UInt8] })
        #expect(rewards(.autocorrelation, even) == [Float](repeating: 0, count: 64))
        // A slow wave: r of all three lags is high.
        let wave = [UInt8]((0..<64).map { $0 % 32 < 16 ? 10 : 30 })
        #expect(rewards(.autocorrelation, wave) == [Float](repeating: 0, count: 63) + [-3])
        let composition = Composition([2, 4, 6, 4] as [UInt8])
        // Mean 4: deviations −2, 0, 2, 0; Σ of squares 8.
        #expect(composition.autocorrelation(lag: 2) == -0.5 && composition.autocorrelation(lag: 1) == 0)
        #expect(Composition([5, 5, 5] as [UInt8]).autocorrelation(lag: 1) == 0)
    }

    // MARK: The environment

    @Test func showsWhatWasWritten() {
        var world = Melody()
        var row = [UInt8](repeating: 99, count: 64)
        var first = row.mutableSpan
        world.reset(seed: 3, into: &first)
        #expect(row == [UInt8](repeating: 38, count: 64))
        var total: Float = 0
        let tokens = (0..<64).map { UInt8($0 * 7 % 38) }
        for (step, token) in tokens.enumerated() {
            var observation = row.mutableSpan
            let result = world.step(Int(token), into: &observation)
            total += result.reward
            #expect(result.ending == (step == 63 ? .terminated : .none))
            #expect(row == [UInt8](repeating: 38, count: 63 - step) + tokens[...step])
        }
        let expected = MelodyRule.allCases.reduce(Float(0)) { $0 + rewards($1, tokens).reduce(0, +) }
        #expect(abs(total - expected) < 1e-3)
    }

    @Test func aStateIsWhatWasWritten() {
        var (world, other) = (Melody(), Melody())
        var row = [UInt8](repeating: 0, count: 64)
        for token in [5, 1, 37, 0] {
            var observation = row.mutableSpan
            _ = world.step(token, into: &observation)
        }
        #expect(world.savedState() == [5, 1, 37, 0])
        let isTaken = other.restore(from: [5, 1, 37, 0])
        #expect(isTaken && other.composition.written == [5, 1, 37, 0])
        for bad in [[38], [UInt8](repeating: 1, count: 65)] as [[UInt8]] {
            let isTaken = other.restore(from: bad)
            #expect(!isTaken && other.composition.written == [5, 1, 37, 0])
        }
    }

    @Test func aPictureMarksWhatBreaksARule() throws {
        var world = Melody()
        let isTaken = world.restore(from: melody([(60, 2), (61, 1), (nil, 1), (83, 1)]))
        #expect(isTaken)
        guard case .pixels(64, 36, let rgb) = world.picture else {
            Issue.record("no piano roll")
            return
        }
        func isRed(_ step: Int, _ pitch: Int) -> Bool? {
            let place = 3 * ((83 - pitch) * 64 + step)
            let (red, green, blue) = (rgb[place], rgb[place + 1], rgb[place + 2])
            return red == green && green == blue ? nil : red > blue
        }
        let notes = (0..<5).map { step in (48...83).compactMap { pitch in isRed(step, pitch).map { (pitch, $0) } } }
        #expect(notes.map { $0.map(\.0) } == [[60], [60], [61], [], [83]])
        // C♯ isn't in the key, and b'' nearly two octaves above it.
        #expect(notes.map { $0.map(\.1) } == [[false], [false], [true], [], [true]])
    }

    // MARK: Statistics

    @Test func statisticsCountWhatTheRulesSay() {
        let good = melody([(60, 4), (67, 4), (65, 8)]) + melody([(60, 4), (67, 4), (65, 8)]) + melody([(71, 32)])
        let bad = melody([(61, 1), (61, 1), (61, 1), (61, 1), (61, 1), (61, 11)]) + melody([(48, 16), (55, 16), (57, 16)])
        let all = MelodyStatistics([good, bad])
        #expect(all.melodies == 2 && all.notes == 16)
        #expect(all.repeated == 2.0 / 16 && all.outOfKey == 6.0 / 16)
        #expect(all.startingWithTonic == 0.5 && all.uniqueHighest == 0.5 && all.uniqueLowest == 0.5)
        // All but the last, c to g, which a followed.
        #expect(all.leaps == 4 && all.leapsTurnedBack == 0.5 + 0.25)
        // The first one by c, the one down by the fifth behind it; the second one is open at the end.
        #expect(all.judgedLeaps == 2 && all.leapsResolved == 1)
        let doubled = MelodyStatistics([good, melody([(60, 1), (67, 1), (74, 62)])])
        #expect(doubled.judgedLeaps == 2 && doubled.leapsResolved == 0.5)
        #expect(all.inMotif == 6.0 / 16 && all.inRepeatedMotif == 3.0 / 16)
        let own = Double(Composition(good).autocorrelation(lag: 2) + Composition(bad).autocorrelation(lag: 2)) / 2
        #expect(abs(all.autocorrelation[1] - own) < 1e-6)
        #expect(MelodyStatistics([]).repeated.isNaN)
    }

    /// As the definition says it, text by text.
    @Test func selfBLEUIsThatOfTheDefinition() {
        var random = SeededGenerator(seed: 7)
        let texts = (0..<12).map { _ in (0..<20).map { _ in UInt8(random.below(4)) } }
        func grams(_ text: [UInt8], _ n: Int) -> [[UInt8]: Int] {
            (0...text.count - n).reduce(into: [:]) { $0[Array(text[$1..<$1 + n]), default: 0] += 1 }
        }
        let expected =
            texts.indices.map { index in
                let others = texts.indices.filter { $0 != index }
                let product = (1...4).reduce(1.0) { product, n in
                    let shared = grams(texts[index], n).reduce(0) { sum, entry in
                        sum + min(entry.value, others.map { grams(texts[$0], n)[entry.key] ?? 0 }.max()!)
                    }
                    return product * max(Double(shared), 0.5) / Double(20 - n + 1)
                }
                return product.squareRoot().squareRoot()
            }.reduce(0, +) / 12
        #expect(abs(selfBLEU(texts) - expected) < 1e-12)
        #expect(selfBLEU([[1, 2, 3, 4], [1, 2, 3, 4]] as [[UInt8]]) == 1)
        // Of the words alone two of three are shared, of the pairs none of two.
        #expect(abs(selfBLEU([[1, 2, 3], [3, 2, 4]] as [[UInt8]], order: 1) - 2.0 / 3) < 1e-12)
        #expect(abs(selfBLEU([[1, 2, 3], [3, 2, 4]] as [[UInt8]], order: 2) - (2.0 / 3 * 0.5 / 2).squareRoot()) < 1e-12)
        #expect(expected > 0.2 && expected < 0.99)
    }
}
