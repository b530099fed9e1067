import StarlingExperience
import StarlingMessages
import Testing

/// EXPERIENCE has a reader and a writer of its own, which must be nothing but faster.
@Suite("The fast way of EXPERIENCE")
struct ExperienceReaderTests {
    private func read(_ bytes: [UInt8]) -> ExperienceHeader? { bytes.withUnsafeBytes { ExperienceReader.read($0) } }

    private func readSlowly(_ bytes: [UInt8]) -> ActorMessage? {
        try? bytes.withUnsafeBytes { try ActorMessage(decodingAny: $0) }
    }

    private func written(_ header: ExperienceHeader) -> [UInt8] {
        var buffer = HeaderBuffer()
        buffer.write(ActorMessage.experience(header))
        return buffer.withBytes { Array($0) }
    }

    /// Numbers from everywhere, zero and the largest among them.
    private static func header(_ random: inout SeededGenerator) -> ExperienceHeader {
        func number(_ largest: UInt64) -> UInt64 {
            switch random.next() % 6 {
            case 0: 0
            case 1: largest
            default: random.next() >> (random.next() % 64) & largest
            }
        }
        let sequences = WireLimits.sequence - 1
        let byteCount = UInt32(max(1, number(UInt64(WireLimits.blockByteCount) - 1)))
        let measures = random.next() % 4 == 0 ? random.next() % 17 : 0
        let episodes = (0..<(random.next() % 3 == 0 ? random.next() % 100 : 0)).map { _ in
            UnrollHeader.Episode(
                episodeReturn: Float(Int64(bitPattern: random.next())), length: UInt32(number(UInt64(UInt32.max))),
                measures: (0..<measures).map { _ in Float(Int64(bitPattern: random.next())) })
        }
        // Of each number what stands for absence, the smallest and the largest, and others.
        let scalars = ActingScalars(
            epsilon: [0, 0, 1, 0.37][Int(random.next() % 4)], temperature: [1, 1, 1e-4, 1e4, 0.6][Int(random.next() % 5)])
        return ExperienceHeader(
            session: number(.max),
            counts: ActorCounts(produced: number(sequences), sentThrough: number(sequences), steps: number(.max)),
            unroll: UnrollHeader(
                sequence: 1 + number(sequences),
                version: ParameterVersion(generation: UInt32(number(UInt64(UInt32.max))), update: number(ParameterVersion.updateLimit)),
                digest: number(.max), tag: number(.max), scalars: scalars, firstStep: number(.max),
                firstEnvironment: UInt32(number(UInt64(UInt32.max))),
                noiseKey: number(.max), episodes: episodes),
            byteCount: byteCount, checksum: number(.max), compressedByteCount: UInt32(number(.max) % UInt64(byteCount)))
    }

    @Test("Writes what the generated encoder writes, and reads what it wrote")
    func roundTrip() {
        var random = SeededGenerator(state: 5)
        for _ in 0..<20_000 {
            let header = Self.header(&random)
            let bytes = ActorMessage.experience(header).encoded()
            guard written(header) == bytes, read(bytes) == header, readSlowly(bytes) == .experience(header) else {
                Issue.record("\(header)")
                return
            }
        }
    }

    @Test("STATUS and all others are written as the generated encoder writes them")
    func messages() {
        var scheduledStatus = status
        scheduledStatus.newest = scheduled
        for message in learnerMessages + [.status(scheduledStatus)] {
            var buffer = HeaderBuffer()
            buffer.write(message)
            #expect(buffer.withBytes { Array($0) } == message.encoded())
        }
    }

    @Test("Says the same as the generated decoder whatever it is given")
    func agreement() {
        var random = SeededGenerator(state: 6)
        var (accepted, left) = (0, 0)
        for _ in 0..<60_000 {
            var bytes = ActorMessage.experience(Self.header(&random)).encoded()
            for _ in 0...random.next() % 3 {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                default: bytes.remove(at: place)
                }
                if bytes.isEmpty { break }
            }
            guard let header = read(bytes) else {
                left += 1
                continue
            }
            accepted += 1
            guard readSlowly(bytes) == .experience(header) else {
                Issue.record("\(header): \(bytes)")
                return
            }
        }
        #expect(accepted > 1000 && left > 1000)
    }

    @Test("Every truncation, and every other message, is left to the generated decoder")
    func others() {
        let bytes = ActorMessage.experience(experience).encoded()
        for count in bytes.indices { #expect(read(Array(bytes[..<count])) == nil) }
        for message in actorMessages {
            if case .experience = message { continue }
            #expect(read(message.encoded()) == nil)
        }
    }

    @Test("Valid frames of another form are read all the same, by the generated decoder")
    func otherForms() throws {
        let bytes = ActorMessage.experience(experience).encoded()
        // Without the key of the frame's field, and its length of one byte or two.
        let body = Array(bytes.dropFirst(bytes.count > 129 ? 3 : 2))
        func frame(_ body: [UInt8]) -> [UInt8] { [2 << 3 | 2, UInt8(body.count & 127 | 128), UInt8(body.count >> 7)] + body }
        // A field of a newer build; two numbers out of their order; a field twice, of which the last counts; lists in pieces.
        let newer = frame(body + [0xF8, 0x01, 5])
        let later = frame(body + [7 << 3, 8])
        let twice = frame([2 << 3, 9] + body)
        let pieces = frame([9 << 3 | 5, 0, 0, 0, 64, 10 << 3, 3] + body)
        for bytes in [newer, later, twice] {
            #expect(read(bytes) == nil)
            #expect(try decodeActor(bytes) == .experience(experience))
        }
        var longer = experience
        longer.unroll.episodes.insert(.init(episodeReturn: 2, length: 3), at: 0)
        #expect(read(pieces) == nil)
        #expect(try decodeActor(pieces) == .experience(longer))
        // A longer form of a number is still the number, to both.
        #expect(read(frame(body)) == experience)
    }
}
