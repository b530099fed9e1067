import Foundation
import Testing

/// A learner and an honest actor, each a process, whom strangers must not disturb.
final class HostileScene {
    let scratch: Scratch
    let port: Int
    let run: String
    private let arguments: [String]
    private(set) var learner: Program
    private(set) var honest: [Program] = []

    var address: String { "tcp://127.0.0.1:\(port)" }
    var frameCount: Int { frames(run + "/metrics.jsonl") }

    /// - Parameters:
    ///   - program: of the learner.
    ///   - isPeopled: the honest actor is there, and its training has begun.
    init(
        _ recipe: String = "cartpole", settings: [String] = ["goal.enabled=false"], options: [String] = [],
        program: String = "starling", isPeopled: Bool = true
    ) throws {
        scratch = try Scratch()
        port = freePort()
        run = scratch.path("run")
        arguments =
            ["learner", recipe, "--run", run, "--bind", "tcp://127.0.0.1:\(port)"] + settings.flatMap { ["--set", $0] } + options
        learner = try Program(program, arguments)
        try #require(learner.waits(for: "waiting for a", seconds: 10), "\(learner.everything)")
        guard isPeopled else { return }
        try join("honest")
        try #require(eventually(within: 15) { self.frameCount > 5000 }, "\(learner.everything)")
    }

    /// One more honest actor.
    func join(_ name: String, program: String = "starling-actor") throws {
        honest.append(try Program(program, ["--learner", address, "--name", name, "--threads", "1"]))
    }

    /// Frames of a while without an attack, a second.
    func pace(seconds: Double = 1) -> Double {
        let before = frameCount
        usleep(UInt32(seconds * 1e6))
        return Double(frameCount - before) / seconds
    }

    /// Does something again and again for so long. Training goes on meanwhile, not much slower than before, and nowhere
    /// stands still.
    /// - Parameter before: frames a second without the attack.
    func withstands(seconds: Double, before: Double, _ attack: () throws -> Void) rethrows {
        let (start, first) = (Date(), frameCount)
        var (last, lastGrowth, longest) = (first, start, 0.0)
        while true {
            try attack()
            usleep(20_000)
            let now = Date()
            let count = frameCount
            if count > last { (last, lastGrowth) = (count, now) }
            // At first others' credit is waited for.
            if now.timeIntervalSince(start) > 4 { longest = max(longest, now.timeIntervalSince(lastGrowth)) }
            if now.timeIntervalSince(start) > seconds { break }
        }
        let during = Double(last - first) / Date().timeIntervalSince(start)
        #expect(learner.isRunning, "\(learner.everything)")
        #expect(during > before / 4, "\(Int(during)) frames a second during it, \(Int(before)) before it")
        #expect(longest < 3, "no frame for \(longest) s")
    }

    /// The machine goes down, as far as the learner is concerned, and comes back.
    func killAndResume() throws {
        learner.signal(SIGKILL)
        learner.wait(seconds: 5)
        let before = frameCount
        learner = try Program("starling", arguments + ["--resume"])
        #expect(eventually(within: 15) { self.frameCount > before + 5000 }, "\(learner.everything)")
    }

    /// Everything ends in order, and the books balance.
    /// - Returns: what `starling ledger` says.
    @discardableResult
    func end() throws -> String {
        learner.signal(SIGINT)
        #expect(learner.wait(seconds: 10) == 0, "\(learner.everything)")
        for actor in honest { #expect(actor.wait(seconds: 5) == 0, "\(actor.everything)") }
        return try ledger()
    }

    /// - Returns: what `starling ledger` says.
    @discardableResult
    func ledger(_ options: String...) throws -> String {
        let program = try Program.starling(["ledger", run] + options)
        #expect(program.wait(seconds: 10) == 0, "\(program.everything)")
        return program.standardOutput
    }

    /// A number of the ledger's total.
    func total(_ name: String) throws -> Int {
        let object = try JSONSerialization.jsonObject(with: Data(ledger("--json").utf8)) as? [String: Any]
        return try #require((object?["total"] as? [String: Any])?[name] as? Int)
    }
}

extension String {
    func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
