import StarlingExperience

extension ActorMessage {
    /// Reads a header frame that came from an actor. Survives every input.
    /// - Throws: `malformed` or `outOfRange`, with the field named.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(MessageError) {
        if let header = ExperienceReader.read(bytes) {
            self = .experience(header)
        } else {
            try self.init(decodingAny: bytes)
        }
    }

    /// The same by the generated decoder alone, which is slower and knows every form of every message.
    package init(decodingAny bytes: UnsafeRawBufferPointer) throws(MessageError) {
        let frame: WireActorFrame = try deserialize(bytes, .actorFrame)
        switch frame.body {
        case .experience(let wire)?: self = .experience(try ExperienceHeader(wire))
        case .ping(let wire)?: self = .ping(session: wire.session, try ActorCounts(wire.counts))
        case .pull(let wire)?: self = .pull(try Pull(wire))
        case .hello(let wire)?:
            do throws(MessageError) {
                // Many of them may have to wait for a learner.
                _ = try Check.number(bytes.count, in: 0...WireLimits.helloByteCount, "bytes of a HELLO")
                self = .hello(try Hello(wire))
            } catch { throw MessageError(.unreadableHello, error.message) }
        case .skip(let wire)?:
            self = .skip(
                Skip(
                    session: wire.session,
                    through: try Check.number(wire.through, in: 0...WireLimits.sequence, "skip.through"),
                    counts: try ActorCounts(wire.counts)))
        case .evaluation(let wire)? where !wire.failure.isEmpty:
            self = .evaluationFailed(
                session: wire.session,
                EvaluationFailure(
                    identifier: wire.identifier, reason: try Check.text(wire.failure, "evaluation.failure")))
        case .evaluation(let wire)?:
            if wire.measures.contains(where: \.isNaN) { throw MessageError(.outOfRange, "evaluation.measures hold NaN") }
            guard wire.measures.count <= WireLimits.measureCount * wire.returns.count,
                wire.measures.count % max(1, wire.returns.count) == 0
            else { throw MessageError(.outOfRange, "\(wire.measures.count) evaluation.measures of \(wire.returns.count) episodes") }
            let count = UInt64(wire.returns.count)
            self = .evaluation(
                session: wire.session,
                EvaluationReport(
                    identifier: wire.identifier,
                    version: ParameterVersion(
                        generation: wire.generation, update: try Check.update(wire.update, "evaluation.update")),
                    returns: try Check.finite(wire.returns, "evaluation.returns"),
                    rule: wire.hasRule ? try Check.value(wire.rule, "evaluation.rule") : .greedy, measures: wire.measures,
                    steps: wire.hasSteps
                        ? try Check.number(
                            wire.steps, in: count...count * UInt64(EvaluationRequest.episodeStepLimit), "evaluation.steps") : nil,
                    terminated: wire.hasTerminated
                        ? Int(try Check.number(wire.terminated, in: 0...UInt32(count), "evaluation.terminated")) : nil))
        case .bye(let wire)? where !wire.unable.isEmpty:
            self = .unable(
                session: wire.session, try ActorCounts(wire.counts), reason: try Check.text(wire.unable, "bye.unable"))
        case .bye(let wire)?: self = .bye(session: wire.session, try ActorCounts(wire.counts))
        case .probe(let wire)?:
            self = .probe(
                Probe(
                    protocolVersion: wire.protocolVersion, build: try Check.text(wire.build, "probe.build"),
                    identifier: wire.identifier))
        case nil: throw MessageError(.malformed, "a header without any message that is known here")
        }
    }

    /// The header frame.
    package func encoded() -> [UInt8] {
        var frame = WireActorFrame()
        switch self {
        case .hello(let hello): frame.hello = hello.wire
        case .experience(let header): frame.experience = header.wire
        case .skip(let skip):
            var wire = WireSkip()
            wire.session = skip.session
            wire.through = skip.through
            wire.counts = skip.counts.wire
            frame.skip = wire
        case .pull(let pull): frame.pull = pull.wire
        case .ping(let session, let counts):
            var wire = WirePing()
            wire.session = session
            wire.counts = counts.wire
            frame.ping = wire
        case .evaluation(let session, let report):
            var wire = WireEvaluation()
            wire.session = session
            wire.identifier = report.identifier
            wire.generation = report.version.generation
            wire.update = report.version.update
            wire.returns = report.returns
            wire.measures = report.measures
            if let steps = report.steps { wire.steps = steps }
            if let terminated = report.terminated { wire.terminated = UInt32(terminated) }
            if report.rule != .greedy { wire.rule = UInt32(report.rule.rawValue) }
            frame.evaluation = wire
        case .evaluationFailed(let session, let failure):
            var wire = WireEvaluation()
            wire.session = session
            wire.identifier = failure.identifier
            wire.failure = Check.shortened(failure.reason)
            frame.evaluation = wire
        case .bye(let session, let counts):
            var wire = WireActorBye()
            wire.session = session
            wire.counts = counts.wire
            frame.bye = wire
        case .unable(let session, let counts, let reason):
            var wire = WireActorBye()
            wire.session = session
            wire.counts = counts.wire
            wire.unable = Check.shortened(reason)
            frame.bye = wire
        case .probe(let probe):
            var wire = WireProbe()
            wire.protocolVersion = probe.protocolVersion
            wire.build = probe.build
            wire.identifier = probe.identifier
            frame.probe = wire
        }
        return serialize(frame)
    }
}

extension ActorCounts {
    init(_ wire: WireCounts) throws(MessageError) {
        self.init(
            produced: try Check.number(wire.produced, in: 0...WireLimits.sequence, "counts.produced"),
            sentThrough: try Check.number(wire.sentThrough, in: 0...WireLimits.sequence, "counts.sent_through"),
            steps: wire.steps)
        times.stepping = min(wire.steppingNanoseconds, WireLimits.nanoseconds)
        times.inference = min(wire.inferenceNanoseconds, WireLimits.nanoseconds)
        times.transport = min(wire.transportNanoseconds, WireLimits.nanoseconds)
        times.waiting = min(wire.waitingNanoseconds, WireLimits.nanoseconds)
        times.evaluating = min(wire.evaluatingNanoseconds, WireLimits.nanoseconds)
        times.processor = min(wire.processorNanoseconds, WireLimits.nanoseconds)
        times.faults.raised = min(wire.faults.raised, WireLimits.nanoseconds)
        times.faults.died = min(wire.faults.died, WireLimits.nanoseconds)
        times.faults.hung = min(wire.faults.hung, WireLimits.nanoseconds)
        times.faults.invalid = min(wire.faults.invalid, WireLimits.nanoseconds)
    }

    var wire: WireCounts {
        var wire = WireCounts()
        wire.produced = produced
        wire.sentThrough = sentThrough
        wire.steps = steps
        wire.steppingNanoseconds = times.stepping
        wire.inferenceNanoseconds = times.inference
        wire.transportNanoseconds = times.transport
        wire.waitingNanoseconds = times.waiting
        wire.evaluatingNanoseconds = times.evaluating
        wire.processorNanoseconds = times.processor
        guard times.faults != EnvironmentFaults() else { return wire }
        wire.faults.raised = times.faults.raised
        wire.faults.died = times.faults.died
        wire.faults.hung = times.faults.hung
        wire.faults.invalid = times.faults.invalid
        return wire
    }
}

extension Pull {
    init(_ wire: WirePull) throws(MessageError) {
        let limit = UInt32(WireLimits.frameByteCount)
        self.init(
            session: wire.session,
            version: ParameterVersion(generation: wire.generation, update: try Check.update(wire.update, "pull.update")),
            offset: wire.offset, count: try Check.number(wire.count, in: 1...limit, "pull.count"))
    }

    var wire: WirePull {
        var wire = WirePull()
        wire.session = session
        wire.generation = version.generation
        wire.update = version.update
        wire.offset = offset
        wire.count = count
        return wire
    }
}
