/// A melody as it is being written: tokens, one for each sixteenth, of four bars.
///
/// The 38 tokens of Jaques et al., "Tuning Recurrent Neural Networks with Reinforcement Learning" (2017, arXiv 1611.02796): 0 ends the
/// note that sounds, 1 lets be what is, 2 … 37 begin the notes MIDI 48 … 83, C of the small octave to b''.
package struct Composition: BitwiseCopyable, Sendable {
    package static let tokenCount = 38
    package static let noteOff: UInt8 = 0
    package static let noEvent: UInt8 = 1
    package static let firstNote: UInt8 = 2
    /// MIDI number of `firstNote`, a C.
    package static let lowestPitch = 48
    /// Sixteenths of a bar, and of all.
    package static let barLength = 16
    package static let length = 64

    private var tokens = InlineArray<64, UInt8>(repeating: noEvent)
    /// Tokens written.
    package private(set) var count = 0

    package init() {}

    /// - Precondition: at most 64 tokens, each below 38.
    package init(_ tokens: some Sequence<UInt8>) {
        for token in tokens { append(token) }
    }

    package mutating func append(_ token: UInt8) {
        precondition(token < Self.tokenCount && count < Self.length, "token \(token) after \(count) of \(Self.length)")
        tokens[count] = token
        count += 1
    }

    /// - Precondition: it was written.
    package subscript(_ step: Int) -> UInt8 {
        precondition(step < count, "step \(step) of \(count)")
        return tokens[step]
    }

    package var isComplete: Bool { count == Self.length }
    package var written: [UInt8] { (0..<count).map { tokens[$0] } }

    /// MIDI number of the note that begins at a step; nil where none does.
    package func note(at step: Int) -> Int? {
        let token = self[step]
        return token >= Self.firstNote ? Int(token - Self.firstNote) + Self.lowestPitch : nil
    }

    /// The last step before this one at which a note begins.
    package func noteStep(before step: Int) -> Int? {
        var step = step - 1
        while step >= 0 {
            if tokens[step] >= Self.firstNote { return step }
            step -= 1
        }
        return nil
    }

    /// Whether the last token ends a bar.
    package var endsBar: Bool { count > 0 && count % Self.barLength == 0 }

    /// The bar that the last token is in.
    package var lastBar: Range<Int> {
        let start = (max(count, 1) - 1) / Self.barLength * Self.barLength
        return start..<min(start + Self.barLength, count)
    }

    /// How many different notes begin in these steps.
    package func differentNotes(in steps: Range<Int>) -> Int {
        var seen: UInt64 = 0
        for step in steps where tokens[step] >= Self.firstNote { seen |= 1 << UInt64(tokens[step]) }
        return seen.nonzeroBitCount
    }

    /// r_k of the tokens as numbers: Σ (xₜ − x̄)(xₜ₊ₖ − x̄) / Σ (xₜ − x̄)²; 0 where they are all the same.
    package func autocorrelation(lag: Int) -> Float {
        guard count > lag else { return 0 }
        var sum: Float = 0
        for step in 0..<count { sum += Float(tokens[step]) }
        let mean = sum / Float(count)
        var (product, square): (Float, Float) = (0, 0)
        for step in 0..<count {
            let deviation = Float(tokens[step]) - mean
            square += deviation * deviation
            if step + lag < count { product += deviation * (Float(tokens[step + lag]) - mean) }
        }
        return square > 0 ? product / square : 0
    }
}

/// A note that sounds for some steps.
package struct MelodyNote: Hashable, Sendable {
    /// MIDI number.
    package let pitch: Int
    /// In sixteenths.
    package let start: Int
    package var length: Int

    package init(pitch: Int, start: Int, length: Int) { (self.pitch, self.start, self.length) = (pitch, start, length) }
}

extension Composition {
    /// What is heard of it: each note until the next begins, it is ended, or nothing more is written.
    package var notes: [MelodyNote] {
        var (notes, sounds) = ([MelodyNote](), false)
        for step in 0..<count {
            if let pitch = note(at: step) {
                notes.append(MelodyNote(pitch: pitch, start: step, length: 1))
                sounds = true
            } else if self[step] == Self.noteOff {
                sounds = false
            } else if sounds {
                notes[notes.count - 1].length += 1
            }
        }
        return notes
    }
}
