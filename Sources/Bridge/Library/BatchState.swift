import StarlingEnvironments
import StarlingExperience

/// What a batch of a library saves: its books, its newest observations, and what the library says of its environments. The bytes are
/// little-endian as the machine: magic, E, the slots, the size of each of the other parts and the part.
struct BatchState {
    var slots: [EpisodeSlot]
    var finished: [(environment: Int, episode: UnrollHeader.Episode)]
    /// `[E, D]`.
    var last: [UInt8]
    var environments: [UInt8]

    private static var magic: UInt64 { 0x3242_494C_5453_4247 }  // "GBSTLIB2"

    init(
        slots: [EpisodeSlot], finished: [(environment: Int, episode: UnrollHeader.Episode)], last: [UInt8], environments: [UInt8]
    ) {
        (self.slots, self.finished, self.last, self.environments) = (slots, finished, last, environments)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(valueBytes: Self.magic)
        bytes.append(valueBytes: UInt64(slots.count))
        for slot in slots { bytes.append(valueBytes: slot) }
        bytes.append(finished: finished)
        for part in [last, environments] {
            bytes.append(valueBytes: UInt64(part.count))
            bytes += part
        }
        return bytes
    }

    /// - Throws: `EnvironmentError` when these bytes are no such state.
    init(_ bytes: [UInt8], of spec: EnvironmentSpec, count: Int) throws {
        func bad(_ why: String) -> EnvironmentError { Self.refusal(spec, count, why) }
        var reader = StateReader(bytes)
        guard reader.read(UInt64.self) == Self.magic else { throw bad("it doesn't begin as one") }
        guard reader.read(UInt64.self) == UInt64(count) else { throw bad("its number of environments differs") }
        slots = []
        for i in 0..<count {
            guard let slot = reader.read(EpisodeSlot.self) else { throw bad("it is too short") }
            guard slot.length < .max / 2, slot.nextEpisode < .max / 2 else { throw bad("no environment stands where \(i) does") }
            slots.append(slot)
        }
        guard let episodes = reader.read(UInt64.self) else { throw bad("it is too short") }
        guard let finished = reader.finished(episodes, of: count) else { throw bad("its finished episodes are damaged") }
        self.finished = finished
        guard let lastSize = reader.read(UInt64.self), let last = reader.bytes(lastSize),
            last.count == count * spec.observation.byteCount, let size = reader.read(UInt64.self), let own = reader.bytes(size),
            reader.isAtEnd
        else { throw bad("it is too short, or too long") }
        (self.last, environments) = (last, own)
    }

    static func refusal(_ spec: EnvironmentSpec, _ count: Int, _ why: String) -> EnvironmentError {
        EnvironmentError(
            .badState,
            "These bytes are no saved state of \(count) × '\(spec.title)': \(why). Resume with the library and settings that wrote them.")
    }
}
