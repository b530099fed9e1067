import StarlingExperience
import StarlingMessages
import Testing

@Suite("Headers")
struct CodecTests {
    @Test("Every message survives its bytes")
    func roundTrip() throws {
        for message in actorMessages { #expect(try decodeActor(message.encoded()) == message) }
        for message in learnerMessages { #expect(try decodeLearner(message.encoded()) == message) }
    }

    /// Bytes by `protoc --encode`, so by another implementation than ours.
    @Test("Bytes are those of another Protobuf implementation")
    func independent() throws {
        #expect(hex(ActorMessage.experience(experience).encoded()) == Vectors.experience)
        #expect(hex(LearnerMessage.status(status).encoded()) == Vectors.status)
        #expect(
            hex(
                ActorMessage.pull(Pull(session: 4, version: ParameterVersion(generation: 1, update: 2), offset: 1 << 20, count: 262_144))
                    .encoded()) == Vectors.pull)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    @Test("Every truncation is an error or a valid message, never a crash")
    func truncation() {
        for bytes in actorMessages.map({ $0.encoded() }) {
            for count in bytes.indices { stableActor(Array(bytes[..<count])) }
        }
        for bytes in learnerMessages.map({ $0.encoded() }) {
            for count in bytes.indices { stableLearner(Array(bytes[..<count])) }
        }
    }

    @Test("Every bit flip is an error or a valid message, never a crash")
    func bitFlips() {
        for bytes in actorMessages.map({ $0.encoded() }) { forEachFlip(of: bytes, stableActor) }
        for bytes in learnerMessages.map({ $0.encoded() }) { forEachFlip(of: bytes, stableLearner) }
    }

    @Test("Noise is an error or a valid message, never a crash")
    func noise() {
        var random = SeededGenerator(state: 1)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            stableActor(bytes)
            stableLearner(bytes)
        }
        for _ in 0..<20_000 {
            var bytes = actorMessages.randomElement(using: &random)!.encoded()
            for _ in 0..<4 where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            stableActor(bytes)
        }
    }

    private func forEachFlip(of bytes: [UInt8], _ body: ([UInt8]) -> Void) {
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << bit
                body(flipped)
            }
        }
    }

    /// What is read is within the limits: it survives being written and read again.
    private func stableActor(_ bytes: [UInt8]) {
        guard let message = try? decodeActor(bytes) else { return }
        if case .hello(let hello) = message, hello.protocolVersion != WireLimits.protocolVersion { return }
        #expect((try? decodeActor(message.encoded())) == message)
    }

    private func stableLearner(_ bytes: [UInt8]) {
        guard let message = try? decodeLearner(bytes) else { return }
        #expect((try? decodeLearner(message.encoded())) == message)
    }

    @Test("Of a HELLO of another protocol, version and build are read")
    func otherProtocol() throws {
        guard case .hello(var hello) = actorMessages[0] else { return }
        hello.protocolVersion += 1
        guard case .hello(let read) = try decodeActor(ActorMessage.hello(hello).encoded()) else { return }
        #expect(read.protocolVersion == hello.protocolVersion && read.build == hello.build && read.environments.isEmpty)
    }

    @Test("Limits: texts, counts, sequences, numbers that are not finite")
    func limits() {
        func refuses(_ message: ActorMessage, _ field: String, _ location: SourceLocation = #_sourceLocation) {
            let error = #expect(throws: MessageError.self, sourceLocation: location) { try decodeActor(message.encoded()) }
            #expect(error?.message.contains(field) == true, "\(String(describing: error))", sourceLocation: location)
        }
        guard case .hello(let good) = actorMessages[0] else { return }
        func hello(_ change: (inout Hello) -> Void) -> ActorMessage {
            var hello = good
            change(&hello)
            return .hello(hello)
        }
        refuses(hello { $0.instance = "" }, "instance")
        refuses(hello { $0.instance = String(repeating: "x", count: 5000) }, "instance")
        refuses(hello { $0.firstUnacknowledged = 0 }, "first_unacknowledged")
        refuses(hello { $0.firstUnacknowledged = 10 }, "first_unacknowledged")
        refuses(hello { $0.runBaseline = 5 }, "run_baseline")
        refuses(hello { $0.counts.produced = .max }, "produced")
        refuses(hello { $0.environments = Array(repeating: environment, count: 257) }, "environments")
        refuses(hello { $0.environments[0].name = "" }, "name")
        refuses(hello { $0.environments[0].observation.shape = [0] }, "shape")
        refuses(hello { $0.environments[0].observation.shape = Array(repeating: 1, count: 9) }, "shape")
        refuses(hello { $0.environments[0].observation.shape = [1 << 20, 1 << 20] }, "scalars")
        refuses(hello { $0.environments[0].action = .discrete(0) }, "discrete")
        for (low, high) in [([], []), ([0], []), ([1], [1]), ([2], [1]), ([.nan], [1]), ([0], [.infinity])] as [([Float], [Float])] {
            refuses(hello { $0.environments[0].action = .continuous(low: low, high: high) }, "continuous")
        }
        let wide = (Array(repeating: Float(-1), count: 4097), Array(repeating: Float(1), count: 4097))
        refuses(hello { $0.environments[0].action = .continuous(low: wide.0, high: wide.1) }, "continuous")
        var header = experience
        header.unroll.sequence = 0
        refuses(.experience(header), "sequence")
        header = experience
        header.byteCount = UInt32(WireLimits.blockByteCount + 1)
        refuses(.experience(header), "byte_count")
        header = experience
        header.unroll.episodes[0].episodeReturn = .nan
        refuses(.experience(header), "episode_returns")
        header = experience
        header.unroll.episodes[0].measures = [1]
        refuses(.experience(header), "episode_measures")
        header = measured
        header.unroll.episodes[0].measures[0] = .nan
        refuses(.experience(header), "episode_measures")
        header = measured
        for index in header.unroll.episodes.indices { header.unroll.episodes[index].measures = Array(repeating: 1, count: 17) }
        refuses(.experience(header), "episode_measures")
        for measures: [Float] in [[1], [1, .nan]] {
            let report = EvaluationReport(identifier: 1, version: announcement.version, returns: [1, 2], measures: measures)
            refuses(.evaluation(session: 1, report), "evaluation.measures")
        }
        for steps: UInt64 in [0, 1, 200_001, .max] {
            let report = EvaluationReport(identifier: 1, version: announcement.version, returns: [1, 2], steps: steps)
            refuses(.evaluation(session: 1, report), "evaluation.steps")
        }
        let report = EvaluationReport(identifier: 1, version: announcement.version, returns: [1, 2], terminated: 3)
        refuses(.evaluation(session: 1, report), "evaluation.terminated")
        refuses(.pull(Pull(session: 1, version: announcement.version, offset: 0, count: 0)), "count")
        refuses(.pull(Pull(session: 1, version: announcement.version, offset: 0, count: 1 << 20)), "count")
        refuses(
            .evaluation(session: 1, EvaluationReport(identifier: 1, version: announcement.version, returns: [.infinity])),
            "returns")
        refuses(
            .evaluation(
                session: 1,
                EvaluationReport(
                    identifier: 1, version: announcement.version, returns: Array(repeating: 0, count: 70_000))), "header")
    }

    @Test("An assignment that no actor could work with is not read")
    func assignments() {
        func refuses(_ field: String, _ location: SourceLocation = #_sourceLocation, _ change: (inout Assignment) -> Void) {
            var bad = assignment
            change(&bad)
            let message = LearnerMessage.welcome(
                Welcome(protocolVersion: WireLimits.protocolVersion, build: "b", run: 9, generation: 2, assignment: bad, status: status))
            let error = #expect(throws: MessageError.self, sourceLocation: location) {
                try decodeLearner(message.encoded())
            }
            #expect(error?.message.contains(field) == true, "\(String(describing: error))", sourceLocation: location)
        }
        refuses("environments_per_actor") { $0.environmentsPerActor = 33 }
        refuses("unroll_length") { $0.acting.unrollLength = 0 }
        refuses("bytes") { ($0.acting.unrollLength, $0.acting.environmentsPerUnroll) = (65_536, 65_536) }
        refuses("encoder") { $0.model.encoder = .dense([0]) }
        refuses("likelihood") { $0.model.likelihood = .normal(variance: 0.0) }
        refuses("observation_scale") { $0.model.observationScale = [1, 2] }
        refuses("observation_scale") { $0.model.observationScale = [0] }
        refuses("latent_count") { $0.model.latentCount = 0 }
    }

    @Test("A list in more pieces than any message has is not read: every piece would copy all before it")
    func piecemeal() {
        // Field 9 of EXPERIENCE, the returns, a float at a time.
        let piece: [UInt8] = [9 << 3 | 2, 4, 0, 0, 0, 0]
        func header(_ count: Int) -> [UInt8] {
            field(2, experienceBody + Array(repeating: piece, count: count).flatMap { $0 })
        }
        let error = #expect(throws: MessageError.self) { try decodeActor(header(40_000)) }
        #expect(error?.message.contains("more fields") == true)
        let fewer = #expect(throws: MessageError.self) { try decodeActor(header(5)) }
        #expect(fewer?.message.contains("episode_lengths") == true)
    }

    @Test("Neither is a layer, or a bound of an environment, in such pieces, however deep they lie")
    func deepPieces() {
        let layers = field(1, field(1, [64, 64, 64, 64]))
        let bounds = field(1, [0, 0, 0, 0])
        func model(_ count: Int) -> [UInt8] {
            field(1, field(5, field(3, field(1, Array(repeating: layers, count: count).flatMap { $0 }))))
        }
        func environment(_ count: Int, at fields: UInt8...) -> [UInt8] {
            fields.reversed().reduce(Array(repeating: bounds, count: count).flatMap { $0 }) { field($1, $0) }
        }
        func isOverlong(_ decode: () throws -> Void) -> Bool {
            do { try decode() } catch let error as MessageError { return error.message.contains("more fields") } catch {}
            return false
        }
        for (count, isTooMany) in [(5, false), (500, true)] {
            #expect(isOverlong { _ = try decodeLearner(model(count)) } == isTooMany)
            #expect(isOverlong { _ = try decodeLearner(environment(count, at: 1, 5, 2, 5)) } == isTooMany)
            #expect(isOverlong { _ = try decodeActor(environment(count, at: 1, 11, 5)) } == isTooMany)
        }
    }

    /// A field with a length.
    private func field(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = body.count
        while rest > 127 {
            length.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return [number << 3 | 2] + length + [UInt8(rest)] + body
    }

    private var experienceBody: [UInt8] { [1 << 3, 5, 2 << 3, 1] }
}
