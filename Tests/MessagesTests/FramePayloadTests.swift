import StarlingExperience
import StarlingMessages
import Testing

@Suite("Payloads in the header's frame")
struct FramePayloadTests {
    private func split(_ frame: [UInt8]) -> (header: [UInt8], payload: [UInt8]?) {
        frame.withUnsafeBytes { bytes in
            let (header, payload) = FramePayload.split(bytes)
            return (Array(header), payload.map { Array($0) })
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).map { place in
            let start = hex.index(hex.startIndex, offsetBy: place)
            return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)!
        }
    }

    /// By `protoc --encode=starling.wire.ActorFrame` and `LearnerFrame`, libprotoc 3.21.12.
    @Test("Frames of another Protobuf implementation come apart")
    func independent() throws {
        let (header, payload) = split(bytes("120a088580808020102a58047a0401020304"))
        guard case .experience(let experience) = try decodeActor(header) else {
            Issue.record("no experience")
            return
        }
        #expect(experience.session == 2 << 32 | 5 && experience.unroll.sequence == 42 && experience.byteCount == 4)
        #expect(payload == [1, 2, 3, 4])
        let parameters = split(
            bytes("222c0803120f08011002190500000000000000200320032a1508031809220f0801100219050000000000000020037a03616263"))
        let announcement = Announcement(version: ParameterVersion(generation: 1, update: 2), digest: 5, byteCount: 3)
        #expect(
            try decodeLearner(parameters.header)
                == .weights(
                    WeightsHeader(
                        session: 3, of: announcement, offset: 0, count: 3,
                        status: SessionStatus(session: 3, acknowledgedThrough: 0, creditLimit: 9, newest: announcement))))
        #expect(parameters.payload == Array("abc".utf8))
    }

    @Test("What is put behind a header comes apart again, of any size", arguments: [0, 1, 127, 128, 2432, FramePayload.limit])
    func roundTrip(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var buffer = HeaderBuffer()
        buffer.write(ActorMessage.experience(experience))
        payload.withUnsafeBytes { buffer.append(payload: $0) }
        #expect(buffer.count <= WireLimits.frameByteCount)
        let (header, found) = split(buffer.withBytes { Array($0) })
        #expect(header == ActorMessage.experience(experience).encoded() && found == payload)
    }

    @Test("A frame without one is all header, and so is one of another form")
    func others() {
        for message in actorMessages {
            let bytes = message.encoded()
            let (header, payload) = split(bytes)
            #expect(header == bytes && payload == nil)
        }
        let message = ActorMessage.experience(experience).encoded()
        for rest in [[0x7A], [0x7A, 2, 1], [0x7A, 1, 1, 0], [0x7B, 0], [0x78, 0], [0x7A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]] as [[UInt8]] {
            let (header, payload) = split(message + rest)
            #expect(header == message + rest && payload == nil)
        }
        #expect(split([]).payload == nil && split([0x7A, 0]).payload == nil)
    }

    @Test("Whatever comes, a payload lies within its frame")
    func anything() {
        var random = SystemRandomNumberGenerator()
        let message = ActorMessage.experience(experience).encoded() + [0x7A, 40] + Array(repeating: 9, count: 40)
        for _ in 0..<20_000 {
            var frame = message
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                frame[Int.random(in: frame.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            frame.removeLast(Int.random(in: 0...frame.count, using: &random))
            let (header, payload) = split(frame)
            #expect(header.count + (payload?.count ?? 0) <= frame.count)
        }
    }
}
