import Glibc
import StarlingAlgorithms
import StarlingExperience
import StarlingLearning
import StarlingSafetensors
import StarlingThreads
import StarlingTraining
import Synchronization
import Testing

/// Checkpoints are stored beside the training, not within it.
@Suite struct CheckpointTests {
    private func settings(frames: UInt64) -> RunSettings {
        var settings = RunSettings.small(frames: frames)
        settings.checkpoint.seconds = 0.01
        settings.latent.replayShare = 0.3
        return settings
    }

    /// Lets a disk stand still until it is told to go on.
    private final class Disk: Sendable {
        let begun = Atomic<Int>(0)
        private let gate = Mailbox<Bool>(capacity: 1)

        func store() {
            begun.add(1, ordering: .relaxed)
            // Closed, it lets everybody through.
            _ = gate.take(before: .after(seconds: 60))
        }

        func letGo() { gate.close() }
    }

    @Test func theTrainingGoesOnWhileTheDiskStandsStill() throws {
        let disk = Disk()
        let lockstep = try Lockstep(settings(frames: 100_000_000), storing: { _ in disk.store() })
        let deadline = Deadline.after(seconds: 60)
        while disk.begun.load(ordering: .relaxed) == 0, !deadline.isPast { #expect(try lockstep.run(rounds: 1) == nil) }
        let before = lockstep.loop.learner.state.update
        #expect(try lockstep.run(rounds: 400) == nil)
        #expect(lockstep.loop.learner.state.update > before + 50)
        // The next one waits for it.
        #expect(disk.begun.load(ordering: .relaxed) == 1)
        disk.letGo()
        let outcome = lockstep.loop.stop()
        #expect(outcome.unsaved == nil)
        let versions = lockstep.captures.map(\.capture.version)
        #expect(versions.count == 2 && versions[0] < versions[1])
        #expect(versions.last?.update == outcome.state.update)
    }

    /// What is stored is the moment of the capture, whatever the training has written since.
    @Test func aCheckpointHoldsTheReservoirAsItWas() throws {
        let disk = Disk()
        let lockstep = try Lockstep(settings(frames: 100_000_000), storing: { _ in disk.store() })
        let deadline = Deadline.after(seconds: 60)
        while disk.begun.load(ordering: .relaxed) == 0, !deadline.isPast { _ = try lockstep.run(rounds: 1) }
        let capture = lockstep.loop.learner.capture()
        let then = try #require(capture.reservoir).array
        #expect(then.shape[0] > 0)
        // Far more observations than fit, so that old ones are replaced.
        while lockstep.loop.learner.state.frames < 120_000 { _ = try lockstep.run(rounds: 50) }
        #expect(try #require(capture.reservoir).array == then)
        #expect(try #require(lockstep.loop.learner.capture().reservoir).array.bytes.prefix(then.bytes.count) != then.bytes[...])
        disk.letGo()
        _ = lockstep.loop.stop()
    }

    private final class Reading: Sendable {
        let done = Atomic<Int>(0)
        let torn = Atomic<Int>(0)

        func store(_ capture: TrainingCapture) {
            let then = capture.reservoir?.array
            // The training fills and replaces meanwhile.
            usleep(20_000)
            if capture.reservoir?.array != then || then == nil { torn.add(1, ordering: .relaxed) }
            done.add(1, ordering: .relaxed)
        }
    }

    @Test func theWriterReadsOneMoment() throws {
        let reading = Reading()
        let lockstep = try Lockstep(settings(frames: 100_000_000), storing: { reading.store($0) })
        let deadline = Deadline.after(seconds: 60)
        while reading.done.load(ordering: .relaxed) < 4, !deadline.isPast { _ = try lockstep.run(rounds: 10) }
        #expect(lockstep.loop.stop().unsaved == nil)
        #expect(reading.done.load(ordering: .relaxed) >= 4 && reading.torn.load(ordering: .relaxed) == 0)
    }

    @Test func aReservoirIsTheSameReadFromACheckpoint() throws {
        let lockstep = try Lockstep(settings(frames: 60_000))
        _ = try lockstep.run()
        let capture = lockstep.loop.learner.capture()
        let contents = try #require(capture.reservoir)
        let read = try TrainingCapture(capture.checkpoint, of: lockstep.loop.learner)
        #expect(try #require(read.reservoir).array == contents.array)
        #expect(contents.array.shape == [32_768, 16])
    }

    private struct NoRoom: Error, CustomStringConvertible {
        var description: String { "no room" }
    }

    private final class FullDisk: Sendable {
        let hasFailed = Atomic<Bool>(false)
    }

    @Test func aFinalCheckpointThatCantBeStoredIsTold() throws {
        let lockstep = try Lockstep(.small(), storing: { _ in throw NoRoom() })
        let outcome = try #require(try lockstep.run())
        #expect(outcome.unsaved == "no room")
        #expect(lockstep.captures.isEmpty)
    }

    @Test func aRoomThatComesBackIsUsed() throws {
        let disk = FullDisk()
        let lockstep = try Lockstep(
            settings(frames: 100_000_000),
            storing: { _ in if !disk.hasFailed.exchange(true, ordering: .relaxed) { throw NoRoom() } })
        let deadline = Deadline.after(seconds: 60)
        while !disk.hasFailed.load(ordering: .relaxed), !deadline.isPast { _ = try lockstep.run(rounds: 1) }
        let outcome = lockstep.loop.stop()
        #expect(outcome.unsaved == nil)
        #expect(lockstep.captures.last?.capture.version.update == outcome.state.update)
    }
}
