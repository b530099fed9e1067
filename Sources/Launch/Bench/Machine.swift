import Foundation
import Glibc

/// The machine of a measurement.
struct Machine: Encodable {
    /// As the kernel names it.
    let processor: String
    /// Cores that this process may use.
    let cores: Int

    static var current: Machine {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
        return Machine(processor: name ?? "unknown", cores: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Processor time of this process, all its threads, in seconds.
    static var ownProcessorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
