import StarlingMessages
import Testing

/// Programs of different age.
@Suite("Rolling upgrades")
struct UpgradeTests {
    /// Field 2047, a varint: nobody has it.
    static let unknown: [UInt8] = [0xF8, 0x7F, 1]

    @Test("What is new in a header and means nothing here is passed over", arguments: [[], [1]] as [[UInt8]])
    func newHeaders(path: [UInt8]) throws {
        for message in actorMessages {
            guard case .hello = message else { continue }
            #expect(try decodeActor(adding(Self.unknown, at: path, to: message.encoded())) == message)
        }
        for message in learnerMessages {
            guard case .welcome = message else { continue }
            #expect(try decodeLearner(adding(Self.unknown, at: path, to: message.encoded())) == message)
        }
    }

    /// Paths within `LearnerFrame`: assignment, its environment, its model, the model's encoder and that one's widths.
    @Test(
        "Work that a newer learner asks for and this program doesn't know is refused, with the learner's build",
        arguments: [[1, 5], [1, 5, 2], [1, 5, 3], [1, 5, 3, 1], [1, 5, 3, 1, 1], [1, 5, 3, 3]] as [[UInt8]])
    func newWork(path: [UInt8]) throws {
        let error = #expect(throws: MessageError.self) {
            try decodeLearner(adding(Self.unknown, at: path, to: learnerMessages[0].encoded()))
        }
        #expect(error?.code == .newerLearner)
        // What the actor's goodbye needs.
        guard case .welcome(let welcome) = learnerMessages[0] else { return }
        #expect(error?.session == welcome.status.session && welcome.status.session != 0)
        #expect(error?.message.contains("learner build 0.1 release") == true)
    }

    @Test("A learner of another protocol is named with its build")
    func newProtocol() throws {
        guard case .welcome(var welcome) = learnerMessages[0] else { return }
        welcome.protocolVersion += 1
        let error = #expect(throws: MessageError.self) { try decodeLearner(LearnerMessage.welcome(welcome).encoded()) }
        #expect(error?.code == .newerLearner && error?.message.contains("build 0.1 release") == true)
    }

    /// Field 40, a text of 12 bytes, in BYE.
    @Test("That an actor is unable is a field more of its goodbye: a learner that doesn't know the field reads a goodbye")
    func unsupported() throws {
        let counts = ActorCounts(produced: 1)
        let unable = ActorMessage.unable(session: 4, counts, reason: "no such core")
        let field: [UInt8] = [0xC2, 0x02, 12] + Array("no such core".utf8)
        #expect(adding(field, at: [7], to: ActorMessage.bye(session: 4, counts).encoded()) == unable.encoded())
        #expect(try decodeActor(unable.encoded()) == unable)
        // An empty reason is none.
        guard case .unable(_, _, let reason) = try decodeActor(ActorMessage.unable(session: 4, counts, reason: "").encoded()) else {
            Issue.record("a goodbye without its reason")
            return
        }
        #expect(reason == "no reason")
    }

    /// Field 40, a number, in STATUS.
    @Test("Cancelled evaluations are a field more of STATUS, which older actors pass over")
    func cancellation() throws {
        let status = SessionStatus(session: 1, acknowledgedThrough: 0, creditLimit: 0, newest: nil)
        var cancelling = status
        cancelling.cancelledEvaluations = 3
        #expect(
            adding([0xC0, 0x02, 3], at: [3], to: LearnerMessage.status(status).encoded()) == LearnerMessage.status(cancelling).encoded())
        #expect(try decodeLearner(LearnerMessage.status(cancelling).encoded()) == .status(cancelling))
    }

    /// Bytes put at the end of a nested message. Field numbers are below 16, so their tags are one byte.
    private func adding(_ bytes: [UInt8], at path: [UInt8], to message: [UInt8]) -> [UInt8] {
        guard let field = path.first else { return message + bytes }
        var result: [UInt8] = []
        var place = 0
        func varint(_ start: Int) -> (value: Int, end: Int) {
            var (value, shift, place) = (0, 0, start)
            repeat {
                value |= Int(message[place] & 0x7F) << shift
                shift += 7
                place += 1
            } while message[place - 1] & 0x80 != 0
            return (value, place)
        }
        while place < message.count {
            let start = place
            let tag = varint(place)
            place = tag.end
            switch tag.value & 7 {
            case 0: place = varint(place).end
            case 1: place += 8
            case 5: place += 4
            default:
                let length = varint(place)
                place = length.end + length.value
                guard tag.value >> 3 == Int(field) else { break }
                let inner = adding(bytes, at: Array(path.dropFirst()), to: Array(message[length.end..<place]))
                result.append(UInt8(tag.value))
                var count = inner.count
                while count > 0x7F {
                    result.append(UInt8(count & 0x7F) | 0x80)
                    count >>= 7
                }
                result += [UInt8(count)] + inner
                continue
            }
            result += message[start..<place]
        }
        return result
    }
}
