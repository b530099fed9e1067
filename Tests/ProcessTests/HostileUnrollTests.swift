import Foundation
import StarlingExperience
import StarlingMessages
import Testing

extension Processes {
    /// Strangers whose unrolls are no unrolls, beside an honest actor that must not feel it.
    @Suite struct HostileUnrolls {
        @Test func inventedVersionsAreNoUnrolls() async throws {
            try await onThread {
                let scene = try HostileScene()
                let before = scene.pace()
                let stranger = try Stranger(scene.port, "inventor")
                #expect(stranger.waits(seconds: 10) { $0.newest != nil })
                // Again and again: there may be newer ones before the request is there.
                let hasParameters = stranger.waits(seconds: 10) {
                    $0.pull()
                    return $0.parameterByteCount > 0
                }
                #expect(hasParameters)
                // Garbage: no header may hold such an update. Fewer than end the connection.
                for number in 0..<UInt64(40) {
                    var unroll = try #require(stranger.makeUnroll())
                    unroll.header.version.update = (1 << 63) + number
                    unroll.header.version.generation = 0
                    stranger.sendInVain(unroll)
                }
                #expect(scene.learner.waits(for: "sent garbage", seconds: 5))
                // Invalid: no learner ever made them, whatever they are said to be.
                var count: UInt64 = 0
                scene.withstands(seconds: 2, before: before) {
                    stranger.attack { unroll in
                        count += 1
                        switch count % 4 {
                        case 0: unroll.header.version = ParameterVersion(generation: 0, update: count)
                        case 1: unroll.header.version.update = ParameterVersion.updateLimit
                        case 2: unroll.header.digest ^= 1
                        default:
                            unroll.header.version = ParameterVersion(generation: .max, update: 0)
                            unroll.header.tag = 0x1234_5678
                        }
                    }
                }
                #expect(stranger.waits(seconds: 5) { $0.invalidUnrolls > 4 && $0.invalidUnrolls == count })
                #expect(stranger.status?.lastFault.contains("of which no learner of this run has told") == true)
                #expect(scene.learner.everything.count(of: "sent an invalid unroll") == 1)
                try scene.killAndResume()
                try scene.end()
                #expect(try scene.total("invalid") == Int(count))
            }
        }

        @Test func enormousNumbersAreNoUnrolls() async throws {
            try await onThread {
                // A recipe with a recurrent state.
                let scene = try HostileScene("recall")
                let before = scene.pace()
                let stranger = try Stranger(scene.port, "giant")
                #expect(stranger.waits(seconds: 10) { $0.newest != nil })
                var count = 0
                scene.withstands(seconds: 1.5, before: before) {
                    stranger.attack { unroll in
                        count += 1
                        let kind = count % 3
                        unroll.change { view, t in
                            switch kind {
                            case 0: view.rewards(at: t).update(repeating: 1e19)
                            case 1: view.observations(at: t).bindMemory(to: Float.self).update(repeating: 1e20)
                            default: view.coreStates.update(repeating: 1e30)
                            }
                        }
                    }
                }
                #expect(stranger.waits(seconds: 5) { $0.invalidUnrolls > 4 && $0.invalidUnrolls == count })
                try scene.end()
                #expect(scene.learner.everything.count(of: "giant#1 sent an invalid unroll") == 1)
                #expect(try scene.total("invalid") == count)
            }
        }

        /// - Parameter steps: of an unroll. One whose only row is of kind 3 breaks no rule of the wire, if one comes before it
        ///   that ends with a truncation.
        @Test(arguments: [10, 1])
        func rowsThatAreNoStepsMakeNoUpdates(steps: Int) async throws {
            try await onThread {
                let scene = try HostileScene(
                    settings: ["goal.enabled=false", "acting.unroll_length=\(steps)"], isPeopled: false)
                let stranger = try Stranger(scene.port, "idler")
                #expect(stranger.waits(seconds: 10) { $0.newest != nil })
                let deadline = Date().addingTimeInterval(1)
                while Date() < deadline {
                    stranger.attack { $0.change { view, t in view.kinds(at: t).update(repeating: StepKind.reset.rawValue) } }
                    usleep(5_000)
                }
                #expect(stranger.sent > 4)
                if steps > 1 { #expect(stranger.invalidUnrolls > 4) }
                #expect(scene.frameCount == 0 && scene.learner.isRunning)
                try scene.join("honest")
                #expect(eventually(within: 15) { scene.frameCount > 2000 })
                try scene.end()
                let rows = try scene.scratch.rows("run/metrics.jsonl").map {
                    (update: try #require($0["update"] as? Int), frames: try #require($0["frames"] as? Int))
                }
                #expect(rows.allSatisfy { $0.update == 0 || $0.frames > 0 }, "\(rows.prefix(8))")
                for (old, new) in zip(rows, rows.dropFirst()) {
                    #expect(new.frames - old.frames >= new.update - old.update, "\(old) to \(new)")
                }
            }
        }
    }
}
