import Foundation
import StarlingProcessSupport

extension Row {
    /// Clocks that jump and processors that others use: nobody is declared dead.
    static let machineRows = [
        Row("clocks jump", lack: { FakeTime.library == nil ? "libfaketimeMT.so.1 is not there: apt-get install faketime" : nil }) { round in
            let clock = try FakeTime()
            let flock = try Flock(Recipe(), environment: clock.environment)
            try flock.start(4)
            try flock.settle(actors: 4, seconds: round.isLong ? 4 : 2)
            let steady = flock.metrics.rate(from: flock.now - (round.isLong ? 3 : 1.5), to: flock.now) ?? 0
            var jumps = 0.0
            for offset in round.isLong ? [3600, -3600, 0, 86_400, -86_400 * 365 + 5 * 3600] : [3600, -3600] {
                try clock.jump(to: offset)
                flock.pause(round.isLong ? 5 : 1.5)
                jumps += 1
            }
            round.note("jumps", jumps)
            // Who joins now is logged with the false time: the jump was there.
            try flock.start(1)
            try flock.settle(actors: 5, seconds: 0.5)
            let line = flock.learner.standardError.split(separator: "\n").last { $0.contains("actor-4") && $0.contains("joined") }
            let hour = line.flatMap { Int($0.prefix(2)) }
            let trueHour = Calendar.current.component(.hour, from: Date())
            round.expect(hour != nil && hour != trueHour, "the clock did not jump: \(line ?? "no line")")
            round.expectRecovery(of: flock, to: steady, after: flock.now)
            flock.expectNobodyDeclaredDead(&round)
            round.expectBalance(try flock.finish())
        },
        Row("busy processors") { round in
            let flock = try Flock(Recipe())
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 2)
            let rate = flock.metrics.rate(from: flock.now - 2, to: flock.now) ?? 0
            let burners = try (0..<8 * ProcessInfo.processInfo.activeProcessorCount).map { _ in
                try Program("/bin/sh", ["-c", "while :; do :; done"])
            }
            let start = flock.now
            flock.pause(round.isLong ? 90 : 3)
            round.note("busy for", flock.now - start, "s")
            round.note("meanwhile", (flock.metrics.rate(from: start, to: flock.now) ?? 0) / rate, "of the rate before")
            for burner in burners { burner.signal(SIGKILL) }
            round.expectRecovery(of: flock, to: rate, after: flock.now)
            let ends = flock.learner.standardError.split(separator: "\n").filter { $0.contains("session of actor") }
            round.demand("sessions that ended", Double(ends.count), atMost: 0)
            round.expect(ends.isEmpty, ends.prefix(3).joined(separator: "; "))
            flock.expectNobodyDeclaredDead(&round)
            round.expectBalance(try flock.finish())
        },
    ]
}

/// A wall clock of their own for some processes, by Debian's faketime; this machine's stays as it is.
final class FakeTime {
    /// The library to preload; nil where the package is not installed.
    static let library: String? = {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        return folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }.first {
            FileManager.default.fileExists(atPath: $0)
        }
    }()

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try jump(to: 0)
    }

    /// Sets the clock so many seconds before or after the true time.
    func jump(to offset: Int) throws {
        try (offset < 0 ? "\(offset)" : "+\(offset)").write(
            toFile: scratch.path("clock"), atomically: true, encoding: .utf8)
    }

    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library ?? "", "FAKETIME_TIMESTAMP_FILE": scratch.path("clock"), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        ]
    }
}
