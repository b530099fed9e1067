import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// The loops of the actors, the trainer and the disk.
extension Simulation {
    mutating func loop(_ index: Int, _ number: Int) {
        if peers[index].loops[number].stepping > 0 { return complete(index, number) }
        if number == 0, let (request, snapshot) = peers[index].playing {
            peers[index].playing = nil
            peers[index].session.send(
                EvaluationReport(
                    identifier: request.identifier, version: snapshot.version,
                    returns: Array(repeating: 2, count: request.episodes)))
            return collect(index)
        }
        let turn = peers[index].session.nextTurn(of: number, wanting: Int.random(in: 1...3, using: &random), at: now)
        collect(index)
        switch turn {
        case .assigned(let assignment): peers[index].assignment = assignment
        case .rollout(let count, let parameters):
            peers[index].loops[number].snapshot = parameters ?? peers[index].loops[number].snapshot
            peers[index].loops[number].stepping = count
            if peers[index].loops[number].snapshot == nil { faults.append("a turn without parameters") }
        case .evaluate(let request, let snapshot):
            if request.version != snapshot.version { faults.append("an evaluation of another version") }
            if number > 0 { faults.append("an evaluation for loop \(number)") }
            peers[index].playing = (request, snapshot)
        case .finished(let farewell): if number == 0 { peers[index].finished.append(farewell) }
        case .failed(let error): faults.append("\(error)")
        case nil: break
        }
    }

    mutating func complete(_ index: Int, _ number: Int) {
        if Int.random(in: 0..<10, using: &random) == 0 {
            peers[index].session.giveBack(of: number, unrolls: 1)
        } else {
            let block = UnrollBlock(byteCount: offer.layout.byteCount)
            fill(block, offer.layout)
            let header = makeHeader(peers[index].loops[number].snapshot!)
            peers[index].session.send(block, header, checksum: Digest.of(block.bytes), of: number)
        }
        peers[index].loops[number].stepping -= 1
        collect(index)
    }

    /// The journal's thread writes some of what it was given.
    mutating func store() {
        guard !toStore.isEmpty else { return }
        let count = Int.random(in: 1...toStore.count, using: &random)
        journal += toStore.prefix(count)
        toStore.removeFirst(count)
        learner.stored(through: journal.last!.index)
    }

    /// A checkpoint of now. Fates of unrolls that it doesn't cover are not part of it.
    mutating func takeCheckpoint() {
        let books = learner.settledBooks
        checkpoint = (
            books,
            fates.filter { name, _ in
                guard let account = books.accounts[name.instance], account.actor.incarnation <= name.incarnation else {
                    return true
                }
                return account.actor.incarnation == name.incarnation && name.sequence <= account.cursor
            }
        )
        if UInt64(checkpoint.fates.values.count { $0 == .trained }) != books.ledger.trained {
            faults.append("the checkpoint tells of \(books.ledger.trained) trained, \(checkpoint.fates.count) have fates")
        }
        learner.stored(through: books.position)
    }

    mutating func takeFromBacklog() {
        guard !backlog.isEmpty else { return }
        let unroll = backlog.removeFirst()
        let name = Name(
            instance: unroll.actor.instance, incarnation: unroll.actor.incarnation, sequence: unroll.header.sequence)
        if fates.updateValue(.trained, forKey: name) != nil { faults.append("\(name) has two fates") }
        learner.settle(unroll, .trained)
    }

    mutating func take() {
        if !backlog.isEmpty { return takeFromBacklog() }
        switch learner.takeEvent() {
        case .unroll(let unroll): inFlight.append(unroll)
        case .evaluation(let report):
            if openEvaluations.remove(report.identifier) == nil { faults.append("an evaluation answered twice") }
            answeredEvaluations += 1
        case .evaluationLost(let identifier, _):
            if openEvaluations.remove(identifier) == nil { faults.append("an evaluation lost twice") }
        default: break
        }
    }

    mutating func settle() {
        guard !inFlight.isEmpty else { return }
        let count = Int.random(in: 1...inFlight.count, using: &random)
        let fate: Fate = Int.random(in: 0..<4, using: &random) == 0 ? .tooStale : .trained
        let settled = Array(inFlight.prefix(count))
        for unroll in settled {
            let name = Name(
                instance: unroll.actor.instance, incarnation: unroll.actor.incarnation,
                sequence: unroll.header.sequence)
            if fates.updateValue(fate, forKey: name) != nil { faults.append("\(name) has two fates") }
        }
        inFlight.removeFirst(count)
        learner.settle(settled, fate)
    }

    mutating func publish() {
        update += 1
        let snapshot = makeSnapshot(update, generation: generation, byteCount: 100)
        published.append(snapshot.version)
        learner.publish(snapshot)
    }

    mutating func evaluate() {
        guard let version = published.last, version.generation == generation, openEvaluations.count < 3 else { return }
        openEvaluations.insert(nextEvaluation)
        learner.evaluate(
            EvaluationRequest(identifier: nextEvaluation, version: version, episodes: 2, seed: 1),
            makeSnapshot(version.update, generation: generation, byteCount: 100))
        nextEvaluation += 1
    }

    /// The learner dies without a word, and the next generation of the run takes its place, from the newest checkpoint
    /// and the journal: what else the dead one trained is no part of the history that survives.
    mutating func restartLearner() throws {
        for index in peers.indices { disconnect(index) }
        broken = []
        inFlight = []
        openEvaluations = []
        fates = checkpoint.fates
        toStore = []
        generation += 1
        learner = LearnerSessions(build: "test")
        let tail = journal.filter { $0.index > checkpoint.books.position }
        learner.open(
            try makeOffer(
                generation: generation, pacing: offer.pacing, byteBudget: offer.byteBudget),
            after: RunPast(books: checkpoint.books, tail: tail), isJournaling: isJournaling, at: now)
        backlog = tail.compactMap { entry in
            guard let unroll = entry.unroll, let ticket = learner.ticket(ofReplayed: entry.index) else { return nil }
            return ReceivedUnroll(
                actor: entry.actor, header: unroll.header, block: UnrollBlock(byteCount: 0), ticket: ticket)
        }
    }

    /// Every unroll that an actor of this run was told to be acknowledged has its fate or waits for it.
    mutating func checkAcknowledged() {
        let waiting = (inFlight + backlog).map {
            Name(instance: $0.actor.instance, incarnation: $0.actor.incarnation, sequence: $0.header.sequence)
        }
        let known = Set(fates.keys).union(waiting)
        for peer in peers where peer.session.offer.role == .act {
            let incarnation = peer.session.offer.incarnation
            for sequence in 1..<max(1, peer.session.acknowledgedThrough + 1)
            where !known.contains(Name(instance: peer.instance, incarnation: incarnation, sequence: sequence)) {
                faults.append("unroll \(sequence) of \(peer.instance) was acknowledged and is nowhere")
            }
        }
    }
}
