import Foundation
import StarlingEnvironments
import StarlingRecording

/// The first melodies as files of one stem: MIDI, one melody after the other; a piano roll, one below the other; and sound.
struct MelodyRecording {
    static let melodyLimit = 8
    /// Pixels on a side of a sixteenth of a semitone in the piano roll.
    private static let scale = 8
    /// Sixteenths of silence between melodies.
    private static let pause = 16

    private let melodies: [[UInt8]]

    init(_ melodies: [[UInt8]]) { self.melodies = melodies }

    /// - Returns: what was written where, and what wasn't and why.
    func write(to path: String) throws -> [String] {
        let stem = URL(fileURLWithPath: path).deletingPathExtension().path
        return [
            try OutputFile.write(midi, to: "\(stem).mid"), try OutputFile.write(pianoRoll, to: "\(stem).png"),
            try Synthesizer.play("\(stem).mid", to: "\(stem).wav"),
        ]
    }

    private var midi: [UInt8] {
        let step = Composition.length + Self.pause
        let notes = melodies.enumerated().flatMap { index, tokens in
            Composition(tokens).notes.map { MelodyNote(pitch: $0.pitch, start: $0.start + index * step, length: $0.length) }
        }
        return MIDIFile.encoded(notes, length: melodies.count * step)
    }

    private var pianoRoll: [UInt8] {
        var (width, height, all) = (0, 0, [UInt8]())
        for tokens in melodies {
            var world = Melody()
            guard world.restore(from: tokens), case .pixels(let columns, let rows, let rgb)? = world.picture else { continue }
            // A dark line between one and the next.
            if height > 0 { all += [UInt8](repeating: 60, count: 3 * columns) }
            (width, height) = (columns, height + rows + (height > 0 ? 1 : 0))
            all += rgb
        }
        return PNGFile.encoded(width: width, height: height, rgb: all, scale: Self.scale)
    }
}
