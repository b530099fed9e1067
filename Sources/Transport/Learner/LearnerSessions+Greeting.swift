import StarlingExperience
import StarlingMessages
import StarlingThreads

extension LearnerSessions {
    /// Answers a HELLO with WELCOME or REFUSE, or lets it wait for the offer.
    mutating func greet(_ hello: Hello, from connection: Connection, at now: Deadline) {
        clock = max(clock, now)
        guard sessions[connection] == nil, !strangers.hadSession(connection) else {
            return receiveGarbage(from: connection, "a second HELLO on one connection")
        }
        guard hello.protocolVersion == WireLimits.protocolVersion else {
            return refuse(
                connection,
                Refusal(
                    code: .protocolVersion,
                    reason:
                        "actor build \(hello.build) speaks protocol \(hello.protocolVersion), learner build \(build) speaks \(WireLimits.protocolVersion)",
                    remedy: "build the actor and the learner from the same sources"), by: hello.instance)
        }
        guard let offer else { return wait(hello, connection) }
        if let farewell { return turnAway(hello, connection, farewell) }
        if let refusal = fault(of: hello, for: offer) { return refuse(connection, refusal, by: hello.instance) }
        let isFirst = roster[hello.instance]?.identity.incarnation != hello.incarnation
        var mayClaimLoss = offer.generation > 1
        if let old = roster[hello.instance] {
            let isOlder = hello.incarnation < old.identity.incarnation
            // A name is the newest start's as long as that is here, and nobody's when it has left.
            if isOlder, !old.isClosed {
                return refuse(
                    connection,
                    Refusal(
                        code: .olderIncarnation,
                        reason:
                            "a newer start of actor \(hello.instance) (incarnation \(old.identity.incarnation)) has joined; this is \(hello.incarnation)",
                        remedy: "end one of the two, or give this one another name"), by: hello.instance)
            }
            if let reason = old.unsupported, hello.incarnation == old.identity.incarnation {
                return refuse(connection, unsupported(reason, of: "\(old.identity)", build: hello.build, offer), by: hello.instance)
            }
            retire(old, for: hello)
            // What it knows to be acknowledged is among the numbers of former actors.
            if isOlder { mayClaimLoss = false }
        }
        guard sessions.count < Self.sessionLimit, hasRoom(for: hello.instance) else {
            return refuse(
                connection,
                Refusal(
                    code: .full,
                    reason:
                        "the learner has \(sessions.count) sessions and \(roster.count) actors; its limits are \(Self.sessionLimit) and \(Roster.limit)",
                    remedy: "end some actors; this one tries again"), by: hello.instance)
        }
        if isFirst, hello.role == .act { actorsEver += 1 }
        join(hello, connection, offer, mayClaimLoss: mayClaimLoss, now)
    }

    /// Who comes back while the learner says goodbye hears it too, and its counts close its account.
    private mutating func turnAway(_ hello: Hello, _ connection: Connection, _ farewell: Farewell) {
        if let account = roster[hello.instance], account.identity.incarnation == hello.incarnation {
            // Its account may be forgotten now, so no session may go on with it.
            if let old = account.connection { end(old, "a new connection took over") }
            account.note(hello.counts)
            account.isAway = false
            if farewell == .finished { close(hello.instance, Self.goodbye) }
        }
        outgoing.append(Outgoing(connection: connection, message: .bye(session: 0, farewell), piece: nil))
    }

    private mutating func wait(_ hello: Hello, _ connection: Connection) {
        for spec in lobby.enter(hello, from: connection) { events.append(.environmentOffered(spec)) }
    }

    private func fault(of hello: Hello, for offer: LearnerOffer) -> Refusal? {
        let wanted = offer.environment
        // What is to follow from options is compared by the actor, which knows nothing of it before WELCOME.
        if !wanted.options.isEmpty, hello.families.contains(wanted.name) { return nil }
        guard let own = hello.environments.first(where: { $0.name == wanted.name && $0.options == wanted.options }) else {
            let names = (hello.environments.map(\.title) + hello.families).sorted().joined(separator: ", ")
            return Refusal(
                code: .unknownEnvironment,
                reason:
                    "actor \(hello.instance) (build \(hello.build)) has no environment \(wanted.title), which run \(offer.run) of learner build \(build) needs; it has: \(names.isEmpty ? "none" : names)",
                remedy: wanted.options.isEmpty
                    ? "start an actor program that has \(wanted.name) registered, or with its library: --environment PATH"
                    : "start the actor with what \(wanted.name) needs there: --python PATH for environments of Python, --environment PATH for that of a library"
            )
        }
        guard let difference = own.difference(from: wanted) else { return nil }
        return Refusal(
            code: .differentEnvironment,
            reason:
                "environment \(wanted.name) of actor \(hello.instance) (build \(hello.build)) differs from that of learner build \(build): \(difference)",
            remedy: "build the actor from the same environment as the learner, or give one of the two another name")
    }

    /// Ends whatever an older session or incarnation of this actor left behind.
    private mutating func retire(_ old: ActorAccount, for hello: Hello) {
        let name = old.identity.instance
        let isSame = old.identity.incarnation == hello.incarnation
        if let connection = old.connection {
            if !isSame {
                outgoing.append(
                    Outgoing(
                        connection: connection,
                        message: .refuse(
                            Refusal(
                                code: .olderIncarnation, reason: "a newer start of actor \(name) has joined",
                                remedy: "end one of the two, or give one another name")), piece: nil))
            }
            end(connection, isSame ? "a new connection took over" : "a newer start joined")
        }
        if !isSame || hello.run != offer!.runIdentity { fold(name, "a newer start joined") }
    }

    private mutating func join(_ hello: Hello, _ connection: Connection, _ offer: LearnerOffer, mayClaimLoss: Bool, _ now: Deadline) {
        let isNew = roster[hello.instance] == nil
        if isNew { openAccount(hello, offer, mayClaimLoss: mayClaimLoss, now) }
        let account = roster[hello.instance]!
        let wasClosed = account.isClosed
        account.isClosed = false
        account.connection = connection
        account.isAway = false
        account.lastHeard = now
        account.role = hello.role
        account.build = hello.build
        account.leaving = nil
        if account.mayClaimLoss { noteClaims(of: hello, account, offer, mayClaimLoss: mayClaimLoss) }
        account.note(hello.counts)
        if wasClosed { write(.joined(baseline: account.baseline), of: account) }
        sessionsEver += 1
        let number = UInt64(offer.generation) << 32 | sessionsEver
        let newcomer = LearnerSession(
            number: number, on: connection, account, threads: hello.threads, readsPayload: hello.readsPayload,
            appetite: Appetite(unrollsPerRound: offer.unrollsPerActor * hello.threads, rounds: offer.pacing.firstRounds),
            isProven: offer.isLockstep, at: now)
        sessions[connection] = newcomer
        if hello.role == .act { credit.join(newcomer) }
        queueForCredit(newcomer)
        let assignment = Assignment(
            run: offer.run, environment: offer.environment, model: offer.model, acting: offer.acting,
            ordinal: account.identity.ordinal, runSeed: offer.runSeed, incarnation: hello.incarnation,
            environmentsPerActor: offer.environmentsPerActor * hello.threads)
        let session = newcomer
        let welcome = Welcome(
            protocolVersion: WireLimits.protocolVersion, build: build, run: offer.runIdentity,
            generation: offer.generation, assignment: assignment, status: status(of: session),
            compression: offer.compression, schema: offer.layout.schema,
            parameterSlack: offer.pacing.parameterSlack, readsPayload: true)
        outgoing.append(Outgoing(connection: connection, message: .welcome(welcome), piece: nil))
        session.isDirty = false
        session.toldThrough = session.grantedThrough
        tell(
            .info, of: account.identity,
            "actor \(account.identity) \(isNew ? "joined" : "is back") (\(hello.role), build \(hello.build))")
        if isNew || wasClosed { events.append(.actorJoined(account.identity, hello.role)) }
        assignEvaluations()
    }

    /// Whether one more actor can be remembered; those that are gone for good are forgotten if need be.
    private mutating func hasRoom(for instance: String) -> Bool {
        if roster.hasRoom(for: instance) { return true }
        for (name, account) in roster.accounts where account.isClosed { fold(name, Self.forgotten) }
        return roster.hasRoom(for: instance)
    }

    private mutating func openAccount(_ hello: Hello, _ offer: LearnerOffer, mayClaimLoss: Bool, _ now: Deadline) {
        // An actor of this run that we have no record of belongs to a learner before us: its unrolls since it joined
        // the run count. Another's unrolls do not.
        let isOurs = hello.run == offer.runIdentity
        let acknowledged = hello.firstUnacknowledged - 1
        let isCredible = mayClaimLoss && acknowledged - hello.runBaseline <= Self.claimLimit
        let baseline = !isOurs ? hello.counts.produced : isCredible ? hello.runBaseline : acknowledged
        roster.add(
            ActorAccount(
                identity: ActorIdentity(
                    ordinal: roster.takeOrdinal(isOurs ? hello.ordinal : nil), instance: hello.instance,
                    incarnation: hello.incarnation),
                role: hello.role, baseline: baseline, produced: baseline, at: now))
    }

    /// What an actor brings from a learner before this one: unrolls that it has not handed over, and such that that learner
    /// had acknowledged and nobody has. Both are an actor's word alone, so they are believed once, and within bounds.
    private mutating func noteClaims(of hello: Hello, _ account: ActorAccount, _ offer: LearnerOffer, mayClaimLoss: Bool) {
        account.mayClaimLoss = false
        let acknowledged = hello.firstUnacknowledged - 1
        if mayClaimLoss, acknowledged > account.cursor, acknowledged - account.cursor <= Self.claimLimit {
            totals.lostWithLearner &+= acknowledged - account.cursor
            account.advance(to: acknowledged)
            account.stored = acknowledged
            write(.lost(through: acknowledged), of: account)
        }
        let outbox = UInt64(Self.outboxByteLimit / offer.layout.byteCount)
        account.grantedThrough = max(account.grantedThrough, min(hello.counts.produced, acknowledged + outbox))
    }

    /// Unrolls that a single start of an actor may say to have lost with a learner.
    private static var claimLimit: UInt64 { 1 << 20 }
    /// Bytes of unrolls that an actor may have kept from a learner before.
    private static var outboxByteLimit: Int { 1 << 27 }
    private static var forgotten: String { "forgotten" }

    /// Closes an incarnation for good; its numbers move to the totals and its ordinal goes to the next.
    private mutating func fold(_ instance: String, _ reason: String) {
        close(instance, reason)
        guard let account = roster.forget(instance) else { return }
        write(.forgotten, of: account)
        account.add(to: &totals)
    }

    /// Ends an incarnation, unless it comes back: what it had not handed over is lost with it.
    mutating func close(_ instance: String, _ reason: String) {
        guard let account = roster[instance], !account.isClosed else { return }
        account.isClosed = true
        account.leaving = reason
        write(.left(reason: reason), of: account)
        events.append(.actorLeft(account.identity, account.role, reason: reason))
        tell(
            .info, of: account.identity,
            "actor \(account.identity) left: \(reason)\(account.open > 0 ? "; \(account.open) unrolls are lost with it" : "")")
        if let name = roster.noteClosing(of: account) { fold(name, Self.forgotten) }
    }
}

extension EnvironmentSpec {
    /// The first difference from `other`, for people; nil when they are the same.
    func difference(from other: EnvironmentSpec) -> String? {
        if observation.parts != other.observation.parts {
            return "its observations are \(observation), the learner's \(other.observation)"
        }
        if observation.shape != other.observation.shape {
            return "its observations have shape \(observation.shape), the learner's \(other.observation.shape)"
        }
        if observation.scalar != other.observation.scalar {
            return "its observations are \(observation.scalar), the learner's \(other.observation.scalar)"
        }
        if observationLimit != other.observationLimit || rewardLimit != other.rewardLimit {
            return
                "its observations and rewards are limited to \(observationLimit) and \(rewardLimit), the learner's to \(other.observationLimit) and \(other.rewardLimit)"
        }
        if playersAlternate != other.playersAlternate {
            return playersAlternate
                ? "two players act in turn there, in the learner's one" : "one player acts there, in the learner's two in turn"
        }
        if masksActions != other.masksActions {
            return masksActions ? "it masks actions there, and not at the learner's" : "it masks no actions there, as the learner's does"
        }
        if tellsCost != other.tellsCost {
            return tellsCost ? "its steps have costs, and those of the learner's none" : "its steps have no costs, as the learner's have"
        }
        if action != other.action { return "its actions are \(action), the learner's \(other.action)" }
        return nil
    }
}
