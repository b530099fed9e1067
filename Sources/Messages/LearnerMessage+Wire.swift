import StarlingExperience
import SwiftProtobuf

extension LearnerMessage {
    /// Reads a header frame that came from a learner. Survives every input.
    /// - Throws: `malformed` or `outOfRange`, with the field named.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(MessageError) {
        let frame: WireLearnerFrame = try deserialize(bytes, .learnerFrame)
        switch frame.body {
        case .status(let wire)?: self = .status(try SessionStatus(wire))
        case .weights(let wire)?:
            let limit = UInt32(WireLimits.frameByteCount)
            self = .weights(
                WeightsHeader(
                    session: wire.session, of: try Announcement(wire.of), offset: wire.offset,
                    count: try Check.number(wire.count, in: 1...limit, "weights.count"),
                    status: wire.hasStatus ? try SessionStatus(wire.status) : nil))
        case .weightsGone(let wire)?:
            self = .weightsGone(
                session: wire.session,
                ParameterVersion(generation: wire.generation, update: try Check.update(wire.update, "weights_gone.update")),
                newest: try Announcement(wire.newest))
        case .welcome(let wire)?: self = .welcome(try Welcome(wire))
        case .refuse(let wire)?:
            self = .refuse(
                Refusal(
                    code: try Check.value(wire.code, "refuse.code"), reason: try Check.text(wire.reason, "refuse.reason"),
                    remedy: try Check.text(wire.remedy, "refuse.remedy")))
        case .evaluate(let wire)?:
            let announcement = try Announcement(wire.of)
            self = .evaluate(
                session: wire.session,
                EvaluationRequest(
                    identifier: wire.identifier, version: announcement.version,
                    episodes: Int(
                        try Check.number(
                            wire.episodes, in: 1...UInt32(WireLimits.episodeCount), "evaluate.episodes")),
                    seed: wire.seed,
                    rule: wire.hasRule ? try Check.value(wire.rule, "evaluate.rule") : .greedy,
                    scalars: try ActingScalars(wire.scalars), plans: !wire.withoutPlanning), announcement)
        case .bye(let wire)?: self = .bye(session: wire.session, try Check.value(wire.farewell, "bye.farewell"))
        case .handshakeRequest(let wire)?: self = .handshakeRequest(session: wire.session)
        case .probeAnswer(let wire)?: self = .probeAnswer(try ProbeAnswer(wire))
        case nil: throw MessageError(.malformed, "a header without any message that is known here")
        }
    }

    /// The header frame.
    package func encoded() -> [UInt8] {
        var frame = WireLearnerFrame()
        switch self {
        case .welcome(let welcome): frame.welcome = welcome.wire
        case .refuse(let refusal):
            var wire = WireRefuse()
            wire.code = UInt32(refusal.code.rawValue)
            wire.reason = refusal.reason
            wire.remedy = refusal.remedy
            frame.refuse = wire
        case .status(let status): frame.status = status.wire
        case .weights(let header):
            var wire = WireWeights()
            wire.session = header.session
            wire.of = header.of.wire
            wire.offset = header.offset
            wire.count = header.count
            if let status = header.status { wire.status = status.wire }
            frame.weights = wire
        case .weightsGone(let session, let version, let newest):
            var wire = WireWeightsGone()
            wire.session = session
            wire.generation = version.generation
            wire.update = version.update
            wire.newest = newest.wire
            frame.weightsGone = wire
        case .evaluate(let session, let request, let announcement):
            var wire = WireEvaluate()
            wire.session = session
            wire.identifier = request.identifier
            wire.episodes = UInt32(request.episodes)
            wire.seed = request.seed
            wire.of = announcement.wire
            if request.rule != .greedy { wire.rule = UInt32(request.rule.rawValue) }
            if let scalars = request.scalars.wire { wire.scalars = scalars }
            wire.withoutPlanning = !request.plans
            frame.evaluate = wire
        case .bye(let session, let farewell):
            var wire = WireLearnerBye()
            wire.session = session
            wire.farewell = UInt32(farewell.rawValue)
            frame.bye = wire
        case .handshakeRequest(let session):
            var wire = WireHandshakeRequest()
            wire.session = session
            frame.handshakeRequest = wire
        case .probeAnswer(let answer): frame.probeAnswer = answer.wire
        }
        return serialize(frame)
    }
}

extension Announcement {
    init(_ wire: WireAnnouncement) throws(MessageError) {
        let limit = UInt64(WireLimits.parameterByteCount)
        self.init(
            version: ParameterVersion(generation: wire.generation, update: try Check.update(wire.update, "announcement.update")),
            digest: wire.digest, byteCount: try Check.number(wire.byteCount, in: 1...limit, "announcement.byte_count"),
            tag: wire.tag, scalars: try ActingScalars(wire.scalars))
    }

    var wire: WireAnnouncement {
        var wire = WireAnnouncement()
        wire.generation = version.generation
        wire.update = version.update
        wire.digest = digest
        wire.byteCount = byteCount
        wire.tag = tag
        if let scalars = scalars.wire { wire.scalars = scalars }
        return wire
    }
}

extension SessionStatus {
    init(_ wire: WireStatus) throws(MessageError) {
        self.init(
            session: wire.session, acknowledgedThrough: wire.acknowledgedThrough, creditLimit: wire.creditLimit,
            newest: wire.hasNewest ? try Announcement(wire.newest) : nil, resendFrom: wire.resendFrom,
            pingSeconds: wire.pingSeconds, cancelledEvaluations: wire.cancelledEvaluations, invalidUnrolls: wire.invalidUnrolls,
            lastFault: try Check.text(wire.lastFault, "status.last_fault"))
    }

    var wire: WireStatus {
        var wire = WireStatus()
        wire.session = session
        wire.acknowledgedThrough = acknowledgedThrough
        wire.creditLimit = creditLimit
        if let newest { wire.newest = newest.wire }
        wire.resendFrom = resendFrom
        wire.pingSeconds = pingSeconds
        wire.cancelledEvaluations = cancelledEvaluations
        wire.invalidUnrolls = invalidUnrolls
        wire.lastFault = lastFault
        return wire
    }
}

extension WireAssignment {
    /// The part that a newer learner has put something into which means nothing here: an actor that passed over it would
    /// act otherwise than it is asked to. Nil when all is known.
    var unknownPart: String? {
        if !unknownFields.data.isEmpty { return "the assignment" }
        let actions = [environment.continuous.unknownFields, environment.multiDiscrete.unknownFields]
        if ([environment.unknownFields] + actions).contains(where: { !$0.data.isEmpty }) { return "the environment" }
        if environment.options.holdsUnknown { return "the environment's options" }
        if !model.unknownFields.data.isEmpty { return "the model" }
        if !model.core.unknownFields.data.isEmpty { return "the model's core" }
        if !model.valueBins.unknownFields.data.isEmpty { return "the model's value_bins" }
        if !model.dynamics.unknownFields.data.isEmpty { return "the model's dynamics" }
        let methods = [planning.search.unknownFields, planning.crossEntropy.unknownFields]
        if (methods + [planning.unknownFields]).contains(where: { !$0.data.isEmpty }) { return "its planning" }
        let trunks = [("encoder", model.encoder), ("decoder", model.decoder), ("policy", model.policy), ("value", model.value)]
        return trunks.first { !$0.1.unknownFields.data.isEmpty || $0.1.kindHoldsUnknown }.map { "the model's \($0.0)" }
    }
}

extension WireTrunk {
    fileprivate var kindHoldsUnknown: Bool {
        switch kind {
        case .dense(let dense)?: !dense.unknownFields.data.isEmpty
        case .convolutional(let trunk)?:
            !trunk.unknownFields.data.isEmpty || trunk.convolutions.contains { !$0.unknownFields.data.isEmpty }
        case .transposeConvolutional(let trunk)?:
            !trunk.unknownFields.data.isEmpty || trunk.convolutions.contains { !$0.unknownFields.data.isEmpty }
        case .residual(let trunk)?:
            !trunk.unknownFields.data.isEmpty || trunk.sections.contains { !$0.unknownFields.data.isEmpty }
        case .mirrored(let trunk)?: !trunk.unknownFields.data.isEmpty
        case nil: false
        }
    }
}

extension ProbeAnswer {
    init(_ wire: WireProbeAnswer) throws(MessageError) {
        self.init(
            protocolVersion: wire.protocolVersion, build: try Check.text(wire.build, "probe_answer.build"),
            identifier: wire.identifier, clock: wire.clock, run: try Check.text(wire.run, "probe_answer.run"),
            generation: wire.generation, newest: wire.hasNewest ? try Announcement(wire.newest) : nil,
            actingActors: wire.actingActors, knownAs: try Check.text(wire.knownAs, "probe_answer.known_as"),
            idleActors: wire.idleActors, idleNames: try Check.text(wire.idleNames, "probe_answer.idle_names"),
            lagLimit: try Check.text(wire.lagLimit, "probe_answer.lag_limit"))
    }

    var wire: WireProbeAnswer {
        var wire = WireProbeAnswer()
        wire.protocolVersion = protocolVersion
        wire.build = build
        wire.identifier = identifier
        wire.clock = clock
        wire.run = run
        wire.generation = generation
        if let newest { wire.newest = newest.wire }
        wire.actingActors = actingActors
        wire.knownAs = knownAs
        wire.idleActors = idleActors
        wire.idleNames = idleNames
        wire.lagLimit = lagLimit
        return wire
    }
}

extension Welcome {
    /// Of another protocol nothing but the version and the build is read.
    init(_ wire: WireWelcome) throws(MessageError) {
        let build = try Check.text(wire.build, "welcome.build")
        guard wire.protocolVersion == WireLimits.protocolVersion else {
            throw MessageError(
                .newerLearner,
                "learner build \(build) speaks protocol \(wire.protocolVersion), this actor \(WireLimits.protocolVersion)")
        }
        let assignment: Assignment
        var schema: UnrollSchema?
        do throws(MessageError) {
            if let field = wire.assignment.unknownPart { throw MessageError(.outOfRange, "\(field) holds what is not known here") }
            assignment = try Assignment(wire.assignment)
            if wire.schemaDigest != 0 {
                let own = UnrollSchema(
                    environment: assignment.environment, model: assignment.model, acting: assignment.acting)
                guard own.digest == wire.schemaDigest else {
                    throw MessageError(.outOfRange, try own.difference(from: wire.schema))
                }
                schema = own
            }
        } catch {
            throw MessageError(
                .newerLearner, "learner build \(build) asks for work that this actor can't do: \(error.message)",
                session: wire.status.session)
        }
        self.init(
            protocolVersion: wire.protocolVersion, build: build,
            run: try Check.number(wire.run, in: 1...UInt64.max, "welcome.run"), generation: wire.generation,
            assignment: assignment, status: try SessionStatus(wire.status),
            compression: try Check.value(wire.compression, "welcome.compression"), schema: schema,
            parameterSlack: try Check.update(wire.parameterSlack, "welcome.parameter_slack"), readsPayload: wire.readsPayload)
    }

    var wire: WireWelcome {
        var wire = WireWelcome()
        wire.protocolVersion = protocolVersion
        wire.build = build
        wire.run = run
        wire.generation = generation
        wire.assignment = assignment.wire
        wire.compression = UInt32(compression.rawValue)
        wire.parameterSlack = parameterSlack
        wire.readsPayload = readsPayload
        if let schema {
            wire.schema = schema.wire
            wire.schemaDigest = schema.digest
        }
        wire.status = status.wire
        return wire
    }
}

extension WireEnvironmentOptions {
    /// Whether anything in it is of a newer program.
    fileprivate var holdsUnknown: Bool {
        !unknownFields.data.isEmpty
            || options.contains { option in
                !option.unknownFields.data.isEmpty || option.scalars.contains { !$0.unknownFields.data.isEmpty }
            }
    }
}
