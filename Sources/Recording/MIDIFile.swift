package import StarlingEnvironments

/// Notes as a standard MIDI file of one track (format 0; MIDI 1.0, "Standard MIDI Files 1.0").
package enum MIDIFile {
    /// Of a quarter note, which has four steps of a sixteenth.
    private static let ticksOfQuarter = 96
    private static let ticksOfStep = ticksOfQuarter / 4
    private static let velocity: UInt8 = 88

    /// - Parameters:
    ///   - notes: in the order of their starts; times in sixteenths.
    ///   - length: of all, in sixteenths.
    ///   - beatsPerMinute: quarters, 4 … 300.
    ///   - program: the instrument by General MIDI, from 0: a piano.
    package static func encoded(_ notes: [MelodyNote], length: Int, beatsPerMinute: Int = 112, program: UInt8 = 0) -> [UInt8] {
        precondition((4...300).contains(beatsPerMinute) && program < 128, "no \(beatsPerMinute) beats a minute, or no program \(program)")
        let microseconds = UInt32(60_000_000 / beatsPerMinute)
        // Tempo, 4/4 with a click each quarter, the instrument.
        var track: [UInt8] = [0, 0xFF, 0x51, 3] + bigEndian(microseconds).suffix(3)
        track += [0, 0xFF, 0x58, 4, 4, 2, 24, 8] + [0, 0xC0, program]
        // What ends at a moment comes before what begins, so that a note can be struck again.
        let events =
            (notes.map { (step: $0.start, begins: true, pitch: $0.pitch) }
            + notes.map { (step: $0.start + $0.length, begins: false, pitch: $0.pitch) })
            .sorted { ($0.step, $0.begins ? 1 : 0, $0.pitch) < ($1.step, $1.begins ? 1 : 0, $1.pitch) }
        var step = 0
        for event in events {
            track += variableLength((event.step - step) * ticksOfStep)
            track += event.begins ? [0x90, UInt8(event.pitch), velocity] : [0x80, UInt8(event.pitch), 64]
            step = event.step
        }
        track += variableLength(max(0, length - step) * ticksOfStep) + [0xFF, 0x2F, 0]
        let header: [UInt8] = [0, 0, 0, 1, 0, UInt8(ticksOfQuarter)]
        return Array("MThd".utf8) + bigEndian(UInt32(header.count)) + header + Array("MTrk".utf8) + bigEndian(UInt32(track.count)) + track
    }

    /// Seven bits a byte, the highest first; all but the last have their high bit set.
    private static func variableLength(_ value: Int) -> [UInt8] {
        var (bytes, rest) = ([UInt8(value & 0x7F)], value >> 7)
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
            rest >>= 7
        }
        return bytes
    }
}
