import Foundation
import StarlingMessages
import Testing

extension Processes {
    /// Strangers who take what is there for others: connections, credit, names.
    @Suite struct HostileCrowds {
        @Test func silentConnectionsKeepNobodyOutAndAreCut() async throws {
            try await onThread {
                let scene = try HostileScene()
                let before = scene.pace()
                let start = Date()
                let crowd = try (0..<200).map { _ in try RawPeer(port: UInt16(scene.port)) }
                try scene.join("newcomer")
                #expect(scene.learner.waits(for: "actor newcomer#", seconds: 5))
                scene.withstands(seconds: 3, before: before) {}
                // Nobody but the silent ones is cut, and none of them before its time.
                #expect(crowd.allSatisfy { !$0.isCut } || Date().timeIntervalSince(start) > 19)
                #expect(eventually(within: 24) { crowd.allSatisfy(\.isCut) }, "\(crowd.count { !$0.isCut }) are left")
                #expect(Date().timeIntervalSince(start) > 19)
                #expect(scene.learner.waits(for: "did not say who they are", seconds: 2))
                scene.withstands(seconds: 1, before: before) {}
                let log = scene.learner.everything
                #expect(!log.contains("larger than any may be") && !log.contains("without end"), "\(log)")
                #expect(!log.contains("ended: connection lost"), "\(log)")
                try scene.end()
                #expect(try #require(try scene.produced(by: "newcomer")) > 100)
            }
        }

        @Test func hoardersOfCreditKeepNobodyFromStepping() async throws {
            try await onThread {
                let scene = try HostileScene()
                let before = scene.pace()
                let hoarders = try (1...2).map { try Stranger(scene.port, "hoarder-\($0)") }
                // They work until their credit counts like an honest actor's, and no longer.
                for hoarder in hoarders {
                    let isProven = hoarder.waits(seconds: 10) {
                        $0.attack()
                        return $0.sent >= 8
                    }
                    #expect(isProven)
                }
                let sent = hoarders.map(\.sent)
                var told = Date()
                scene.withstands(seconds: 11, before: before) {
                    let isTime = Date().timeIntervalSince(told) > 0.5
                    if isTime { told = Date() }
                    for hoarder in hoarders {
                        hoarder.listen()
                        if isTime { hoarder.ping(isStepping: true) }
                    }
                }
                #expect(hoarders.allSatisfy { $0.credit > 0 } && hoarders.map(\.sent) == sent)
                for name in ["hoarder-1#", "hoarder-2#"] {
                    #expect(
                        scene.learner.everything.split(separator: "\n").contains {
                            $0.contains(name) && $0.contains("holds credit") && $0.contains("says that it steps")
                        }, "\(scene.learner.everything)")
                }
                #expect(
                    !scene.learner.everything.split(separator: "\n").contains {
                        $0.contains("actor honest#") && $0.contains("holds credit")
                    })
                try scene.end()
            }
        }

        @Test func threeHundredWithoutMeritBeforeTheFirst() async throws {
            try await onThread {
                let scene = try HostileScene(isPeopled: false)
                let crowd = try (1...300).map { try Stranger(scene.port, "crowd-\($0)") }
                #expect(crowd.allSatisfy { $0.waits(seconds: 10) { $0.welcome != nil } })
                try scene.join("honest")
                // In turns of seconds, each of twice as many as the one before, all of them show that they send nothing.
                let start = Date()
                let began = eventually(within: 30) { scene.frameCount > 5000 }
                #expect(began, "\(scene.frameCount) frames after \(Date().timeIntervalSince(start)) s")
                // There is no time without them to compare with.
                scene.withstands(seconds: 3, before: 4000) { for stranger in crowd { stranger.listen() } }
                #expect(crowd.allSatisfy { $0.sent == 0 })
                try scene.end()
            }
        }

        @Test func namesOfThoseWhoLeaveTakeNoRoom() async throws {
            try await onThread {
                let scene = try HostileScene(settings: ["goal.enabled=false", "checkpoint.seconds=1"])
                let before = scene.pace()
                // Who says that it produced more than any credit was for.
                let liar = try Stranger(scene.port, "liar")
                #expect(liar.waits(seconds: 10) { $0.credit > 0 })
                liar.ping(produced: 1 << 40)
                var number = 0
                try scene.withstands(seconds: 6, before: before) {
                    guard number < 2000 else { return }
                    let guests = try (0..<50).map { _ in
                        number += 1
                        let name = "\(number)-" + String(repeating: "n", count: 200)
                        return try Stranger(scene.port, String(name.prefix(200)), incarnation: 7)
                    }
                    for guest in guests {
                        #expect(guest.waits(seconds: 5) { $0.welcome != nil }, "guest \(number)")
                        guest.leave(produced: 1 << 40)
                    }
                }
                #expect(number == 2000)
                // Nobody fills the log by coming and going.
                #expect(scene.learner.everything.count(of: "joined") < 1500)
                #expect(scene.learner.waits(for: "lines about actors that came, went or sent garbage were left out", seconds: 5))
                let running = try scene.ledger("--json")
                #expect(!running.contains("\(1 << 40)"))
                // The newest start there can be, which has done something and left, keeps its name from nobody.
                let squatter = try Stranger(scene.port, "worker", incarnation: UInt64(Int64.max))
                #expect(squatter.waits(seconds: 10) { $0.credit > 0 && $0.newest != nil })
                squatter.send(try #require(squatter.makeUnroll()))
                #expect(squatter.waits(seconds: 5) { $0.status?.acknowledgedThrough == 1 })
                squatter.leave()
                usleep(500_000)
                try scene.join("worker")
                let isThere = eventually(within: 10) { ((try? scene.produced(by: "worker")) ?? 0) > 10 }
                #expect(isThere && !scene.learner.everything.contains("refused: a newer start"), "\(scene.learner.everything.suffix(2000))")
                liar.leave()
                usleep(1_500_000)
                try scene.end()
                let json = try scene.ledger("--json")
                #expect(!json.contains("\(1 << 40)"))
                #expect(try scene.total("produced") < 10_000_000)
                let folder = URL(fileURLWithPath: scene.run + "/checkpoints")
                let checkpoints = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                let sizes = checkpoints.compactMap { try? Data(contentsOf: $0.appendingPathComponent("manifest.json")).count }
                #expect(!sizes.isEmpty && sizes.allSatisfy { $0 < 200_000 }, "\(sizes)")
                #expect(try #require(try scene.produced(by: "worker")) > 10)
            }
        }
    }
}

extension HostileScene {
    /// Unrolls of an actor, as the ledger says; nil when it doesn't know the actor.
    func produced(by name: String) throws -> Int? {
        let object = try JSONSerialization.jsonObject(with: Data(ledger("--json").utf8)) as? [String: Any]
        let actor = (object?["actors"] as? [String: Any])?[name] as? [String: Any]
        return actor?["produced"] as? Int
    }
}
