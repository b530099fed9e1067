import StarlingExperience
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

    /// Paths within `LearnerFrame`: assignment, its environment, its model, the model's encoder and that one's widths, its
    /// policy, and the bins of its value.
    @Test(
        "Work that a newer learner asks for and this program doesn't know is refused, with the learner's build",
        arguments: [[1, 5], [1, 5, 2], [1, 5, 3], [1, 5, 3, 1], [1, 5, 3, 1, 1], [1, 5, 3, 3], [1, 5, 3, 19]] as [[UInt8]])
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

    /// The same of options of the environment.
    @Test(arguments: [[1, 5, 2, 9], [1, 5, 2, 9, 1], [1, 5, 2, 9, 1, 2]] as [[UInt8]])
    func newOptions(path: [UInt8]) throws {
        let told = try #require(
            learnerMessages.first { if case .welcome(let welcome) = $0 { welcome.assignment == landing } else { false } })
        _ = try decodeLearner(told.encoded())
        let error = #expect(throws: MessageError.self) { try decodeLearner(adding(Self.unknown, at: path, to: told.encoded())) }
        #expect(error?.code == .newerLearner)
    }

    /// The same of actions of several parts; an older program knows neither these nor masks nor costs, and says so of all (fields 10 to 12).
    @Test func newActions() throws {
        let told = try #require(
            learnerMessages.first { if case .welcome(let welcome) = $0 { welcome.assignment == handling } else { false } })
        let error = #expect(throws: MessageError.self) {
            try decodeLearner(adding(Self.unknown, at: [1, 5, 2, 10], to: told.encoded()))
        }
        #expect(error?.code == .newerLearner)
        #expect(fields(of: told.encoded(), at: [1, 5, 2]).isSuperset(of: [10, 11, 12]))
        #expect(fields(of: learnerMessages[0].encoded(), at: [1, 5, 2]).isDisjoint(with: [10, 11, 12]))
    }

    @Test(arguments: [[], [0], [1, 0], [16_777_217], [9_000_000, 9_000_000]] as [[Int]])
    func partsThatAreNone(counts: [Int]) throws {
        var bad = handling
        bad.environment.action = .multiDiscrete(counts)
        let message = LearnerMessage.welcome(
            Welcome(protocolVersion: WireLimits.protocolVersion, build: "b", run: 9, generation: 2, assignment: bad, status: status))
        #expect(throws: MessageError.self) { try decodeLearner(message.encoded()) }
    }

    @Test func masksOfNumbers() throws {
        var bad = assignment
        (bad.environment, bad.model.observationScale, bad.environment.masksActions) = (arm, [], true)
        let message = LearnerMessage.welcome(
            Welcome(protocolVersion: WireLimits.protocolVersion, build: "b", run: 9, generation: 2, assignment: bad, status: status))
        let error = #expect(throws: MessageError.self) { try decodeLearner(message.encoded()) }
        #expect(error?.message.contains("masks actions that are no choices") == true)
    }

    /// The same of what actors plan by: the model's dynamics, the planning and its method.
    @Test(
        "Plans that a newer learner asks for and this program doesn't know are refused",
        arguments: [(2, [1, 5, 3, 20]), (2, [1, 5, 13]), (2, [1, 5, 13, 1]), (3, [1, 5, 13, 2])] as [(Int, [UInt8])])
    func newPlans(message: Int, path: [UInt8]) throws {
        let error = #expect(throws: MessageError.self) {
            try decodeLearner(adding(Self.unknown, at: path, to: learnerMessages[message].encoded()))
        }
        #expect(error?.code == .newerLearner)
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

    // MARK: What is new since protocol 3 was first spoken

    /// Numbers of the fields at a path, by a reader of its own.
    private func fields(of message: [UInt8], at path: [Int]) -> Set<Int> {
        var place = 0
        func varint() -> Int {
            var (value, shift) = (0, 0)
            repeat {
                value |= Int(message[place] & 0x7F) << shift
                shift += 7
                place += 1
            } while message[place - 1] & 0x80 != 0
            return value
        }
        var numbers: Set<Int> = []
        while place < message.count {
            let key = varint()
            numbers.insert(key >> 3)
            switch key & 7 {
            case 0: _ = varint()
            case 1: place += 8
            case 5: place += 4
            default:
                let count = varint()
                if let next = path.first, key >> 3 == next {
                    return fields(of: Array(message[place..<place + count]), at: Array(path.dropFirst()))
                }
                place += count
            }
        }
        return path.isEmpty ? numbers : []
    }

    private func welcome(_ assignment: Assignment, _ schema: UnrollSchema? = nil) -> LearnerMessage {
        .welcome(
            Welcome(
                protocolVersion: WireLimits.protocolVersion, build: "new", run: 9, generation: 2, assignment: assignment, status: status,
                schema: schema ?? Self.schema(assignment)))
    }

    private static func schema(_ assignment: Assignment) -> UnrollSchema {
        UnrollSchema(environment: assignment.environment, model: assignment.model, acting: assignment.acting)
    }

    /// Fields 1 to 10 of an assignment are what the first build of protocol 3 knows. A field more there is work that it refuses;
    /// everywhere else it passes over what is new.
    @Test("An older actor goes on working with a newer learner, as long as nothing it can't do is asked of it")
    func olderActor() {
        let plain = welcome(assignment).encoded()
        #expect(fields(of: plain, at: [1, 5]).isSubset(of: Set(1...10)))
        #expect(fields(of: plain, at: [1]).isSuperset(of: [21, 22]))
        #expect(fields(of: welcome(exploring).encoded(), at: [1, 5]).contains(11))
        // What it says lacks all that is new, and means what it meant.
        #expect(fields(of: ActorMessage.experience(experience).encoded(), at: [2]).isDisjoint(with: [22]))
        #expect(fields(of: ActorMessage.experience(explored).encoded(), at: [2]).contains(22))
        let greedy = EvaluationRequest(identifier: 1, version: announcement.version, episodes: 1, seed: 1)
        #expect(fields(of: LearnerMessage.evaluate(session: 1, greedy, announcement).encoded(), at: [6]).isSubset(of: Set(1...5)))
    }

    @Test("A learner that tells no schema is believed")
    func olderLearner() throws {
        guard case .welcome(let welcome) = try decodeLearner(learnerMessages[0].encoded()) else { return }
        #expect(welcome.schema == nil && welcome.assignment == assignment)
    }

    @Test("A learner that means other unrolls is refused by name, before anything is sent")
    func otherSchemas() throws {
        let own = Self.schema(assignment)
        #expect(try decodeLearner(welcome(assignment).encoded()) == welcome(assignment))
        func refusal(_ change: (inout [UnrollColumn]) -> Void) -> MessageError? {
            var columns = own.columns
            change(&columns)
            return #expect(throws: MessageError.self) {
                try decodeLearner(welcome(assignment, UnrollSchema(columns: columns)).encoded())
            }
        }
        let mask = UnrollColumn(.actionMask, .uint8, 2, .rows, [.below(2)])
        let cost = UnrollColumn(.cost, .float32, 1, .rows, [.finite])
        let field = UnrollColumn(.init(rawValue: "observation.camera"), .uint8, 48, .rowsAndBootstrap(history: 0), [])
        for column in [mask, cost, field] {
            let error = refusal { $0.append(column) }
            #expect(error?.message.contains("a column \(column.name), which this build can't make") == true)
            #expect(error?.code == .newerLearner && error?.session == status.session && error?.message.contains("build new") == true)
        }
        #expect(refusal { $0.removeLast() }?.message.contains("without the column kind") == true)
        #expect(refusal { $0.swapAt(0, 1) }?.message.contains("another order") == true)
        let reward = own.columns.firstIndex { $0.name == .reward }!
        func change(_ scalar: UnrollColumn.Scalar, _ width: Int, _ extent: UnrollColumn.Extent, _ rules: [UnrollColumn.Rule]) -> String? {
            refusal { $0[reward] = UnrollColumn(.reward, scalar, width, extent, rules) }?.message
        }
        let rules = own.columns[reward].rules
        #expect(change(.int32, 1, .rows, rules)?.contains("column reward has scalars of kind 2") == true)
        #expect(change(.float32, 2, .rows, rules)?.contains("column reward has 2 numbers") == true)
        #expect(change(.float32, 1, .once, rules)?.contains("column reward has other rows") == true)
        #expect(change(.float32, 1, .rows, [.within(5)])?.contains("column reward has other rules") == true)
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
