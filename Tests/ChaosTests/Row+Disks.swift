import Foundation
import StarlingProcessSupport

extension Row {
    /// Disks that are full, gone, or have forgotten what they held.
    static let diskRows = [
        Row("learner's disk full", lack: { SmallDisk.lack }) { round in
            let scratch = try Scratch()
            let disk = try SmallDisk(at: scratch.path("disk"), megabytes: 64)
            try withheld(&round, in: disk.path) { _ in
                disk.fill()
            } giveBack: { _ in
                disk.makeRoom()
            }
        },
        Row("journal's disk gone") { round in
            try withheld(&round, in: nil) { run in
                // As after `umount --lazy`: the open segment lives on where no start will look for it.
                try FileManager.default.moveItem(atPath: run + "/journal", toPath: run + "/gone")
                // No folder can be made here either.
                try Data().write(to: URL(fileURLWithPath: run + "/journal"))
            } giveBack: { run in
                try FileManager.default.removeItem(atPath: run + "/journal")
            }
        },
        Row("checkpoint or journal damaged") { round in
            let flock = try Flock(Recipe(stepMilliseconds: 5, more: ["checkpoint: {seconds: 2}"]), machines: 2)
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 1)
            var lost = 0
            var known: Set<String> = []
            let kinds = Damage.allCases
            for number in 0..<(round.isLong ? 3 * kinds.count : kinds.count) {
                lost += try damage(flock, kinds[number % kinds.count], known: &known, &round)
            }
            round.expect(flock.actors.allSatisfy(\.isRunning), "an actor ended")
            flock.expectNobodyDeclaredDead(&round)
            round.expectBalance(try flock.finish(), lostWithLearner: lost)
        },
    ]

    /// The journal can't be written for a while. Acknowledgements stop and memory stays bounded; then all goes on, and a
    /// learner that is killed after that has everything.
    private static func withheld(
        _ round: inout Round, in folder: String?, take: (_ run: String) throws -> Void,
        giveBack: (_ run: String) throws -> Void
    ) throws {
        let flock = try Flock(Recipe(more: ["checkpoint: {seconds: 2}", "journal: {bytes: 16777216}"]), in: folder)
        try flock.start(8)
        try flock.settle(actors: 8, seconds: round.isLong ? 6 : 3)
        let steady = flock.metrics.rate(from: flock.now - (round.isLong ? 4 : 1.5), to: flock.now) ?? 0
        let memory = residentBytes(flock.learner.identifier)
        // Rows can't be written to a full disk: the learner's clock is known from before.
        let (then, start) = (flock.now, Date())
        try take(flock.run)
        let isTold = flock.learner.waits(for: "acknowledgements with them", seconds: 30)
        round.demand("told after", isTold ? Date().timeIntervalSince(start) : .infinity, atMost: 30, "s")
        flock.pause(round.isLong ? round.dice.seconds(in: 10...30) : 2)
        round.expect(flock.learner.isRunning && flock.actors.allSatisfy(\.isRunning), "a process ended")
        let growth = Double(residentBytes(flock.learner.identifier) - memory) / 1e6
        round.demand("the learner grew by", growth, atMost: 16, "MB")
        try giveBack(flock.run)
        let seconds = Date().timeIntervalSince(start)
        round.note("withheld for", seconds, "s")
        round.expectRecovery(of: flock, to: steady, after: then + seconds)
        round.expect(flock.learner.everything.contains("stores again"), "the journal does not say that it stores again")
        flock.killLearner()
        round.expect(try flock.ledger().damages.isEmpty, "the journal is damaged")
        let killed = Date()
        try flock.resumeLearner()
        let goesOn = eventually(within: round.patience) { flock.isTraining(generation: 2) }
        round.demand(
            "resumed within", goesOn ? Date().timeIntervalSince(killed) : .infinity, atMost: round.patience, "s")
        try flock.settle(actors: 8, seconds: 0.5)
        flock.expectNobodyDeclaredDead(&round)
        round.expectBalance(try flock.finish())
    }

    /// What is done to a run directory whose learner is dead.
    private enum Damage: CaseIterable { case checkpointCut, checkpointFlipped, journalCut, journalFlipped }

    /// Kills the learner, damages its newest checkpoint or segment, and has another go on.
    /// - Parameter known: what is damaged so far.
    /// - Returns: unrolls that are lost by it.
    private static func damage(_ flock: Flock, _ kind: Damage, known: inout Set<String>, _ round: inout Round) throws -> Int {
        let generation = (flock.metrics.last?.generation ?? 0) + 1
        flock.pause(round.dice.seconds(in: 2.5...4.5))
        // Nothing comes in any more, and all hear what is acknowledged: what is destroyed now is theirs no longer.
        for link in flock.links { link.set(fromFirst: .perfect, fromSecond: .cut) }
        flock.pause(0.4)
        flock.killLearner()
        for link in flock.links { link.set(.perfect) }
        let before = try flock.ledger()
        // A damaged segment is told of until the oldest checkpoint that is kept covers it.
        let news = before.damages.subtracting(known)
        round.expect(before.state == "killed" && news.isEmpty, "damage that nobody did: \(news)")
        let newest = try newestFile(flock.run, kind, &round)
        try spoil(newest, kind, &round)
        let after = try flock.ledger()
        known = after.damages
        let lost = kept(before.counts) - kept(after.counts)
        try flock.resumeLearner()
        let start = Date()
        let goesOn = eventually(within: round.patience) { flock.isTraining(generation: generation) }
        let seconds = goesOn ? Date().timeIntervalSince(start) : .infinity
        try flock.settle(actors: 8, seconds: 0)
        let said = flock.learner.everything
        switch kind {
        case .checkpointCut, .checkpointFlipped:
            let version = URL(fileURLWithPath: newest).deletingLastPathComponent().lastPathComponent
            round.expect(said.contains("checkpoint \(version) in "), "\(newest) is damaged and nobody says so: \(said.prefix(500))")
            round.expect(said.contains("resumed from checkpoint"), "no older checkpoint is used")
            round.expect(!said.contains("resumed from checkpoint \(version) "), "checkpoint \(version) is used, which is damaged")
            round.demand("lost by a checkpoint's damage", Double(lost), atMost: 0, "unrolls")
        case .journalCut, .journalFlipped:
            round.expect(lost == 0 || said.contains(newest), "\(newest) is damaged and nobody says so: \(said.prefix(500))")
            round.note("lost by a segment's damage", Double(lost), "unrolls")
        }
        round.demand("resumed within", seconds, atMost: round.patience, "s")
        return lost
    }

    /// Unrolls that the run has or has used.
    private static func kept(_ counts: [String: Int]) -> Int {
        (counts["acknowledged"] ?? 0) - (counts["lost_with_learner"] ?? 0)
    }

    /// A file of the newest checkpoint, or the journal's newest segment.
    private static func newestFile(_ run: String, _ kind: Damage, _ round: inout Round) throws -> String {
        func names(_ folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
                .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        }
        switch kind {
        case .checkpointCut, .checkpointFlipped:
            guard let version = try names(run + "/checkpoints").last(where: { $0.contains(".") }) else { throw Missing("a checkpoint") }
            let folder = run + "/checkpoints/" + version
            return folder + "/" + (try names(folder).randomElement(using: &round.dice) ?? "")
        case .journalCut, .journalFlipped:
            guard let segment = try names(run + "/journal").last else { throw Missing("a segment of the journal") }
            return run + "/journal/" + segment
        }
    }

    /// Cuts a file at any length, or flips up to 20 of its bits.
    private static func spoil(_ path: String, _ kind: Damage, _ round: inout Round) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        switch kind {
        case .checkpointCut, .journalCut: bytes.removeLast(Int.random(in: 1...bytes.count, using: &round.dice))
        case .checkpointFlipped, .journalFlipped:
            for _ in 0..<Int.random(in: 1...20, using: &round.dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &round.dice)] ^= 1 << UInt8.random(in: 0..<8, using: &round.dice)
            }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

extension Flock {
    /// Whether this start of the learner has made updates.
    func isTraining(generation: Int) -> Bool {
        let rows = metrics.rows.filter { $0.generation == generation }
        return (rows.last?.update ?? 0) > (rows.first?.update ?? 0)
    }
}
