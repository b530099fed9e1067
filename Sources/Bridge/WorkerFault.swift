package import StarlingExperience
import Synchronization

/// Why a worker has to be replaced, or can't be had at all. The texts are for people, a line each but for tracebacks.
enum WorkerFault: Error {
    /// It can't be had, and another try changes nothing.
    case refused(String)
    /// The environment raised an exception.
    case raised(trace: String)
    /// The environment said that it can't go on.
    case failed(String)
    /// The process ended.
    case died(String)
    /// It did not answer in time.
    case hung(String)
    /// It gave something that no environment may give.
    case invalid(String)
    /// The process was asked to stop.
    case interrupted
}

extension WorkerFault {
    /// A reward that is not finite, or beyond what the environment says.
    static func reward(_ value: Float, of environment: Int, limit: Float) -> WorkerFault {
        .invalid("environment \(environment) gave the reward \(value)\(beyond(value, limit))")
    }

    /// The same of a cost.
    static func cost(_ value: Float, of environment: Int, limit: Float) -> WorkerFault {
        .invalid("environment \(environment) gave the cost \(value)\(beyond(value, limit))")
    }

    /// The same of a number of an observation.
    static func observation(_ value: Float, at place: Int, of environment: Int, limit: Float) -> WorkerFault {
        .invalid("environment \(environment) gave an observation whose number \(place) is \(value)\(beyond(value, limit))")
    }

    /// An ending that is none.
    static func ending(_ value: UInt8, of environment: Int) -> WorkerFault {
        .invalid("environment \(environment) gave the ending \(value), and there are 0, 1 and 2")
    }

    private static func beyond(_ value: Float, _ limit: Float) -> String { value.isFinite ? ", beyond \(limit)" : "" }

    /// In one line.
    var line: String {
        switch self {
        case .refused(let text), .failed(let text), .died(let text), .hung(let text), .invalid(let text): text
        case .raised(let trace): "it raised \(trace.split(separator: "\n").last.map(String.init) ?? "an exception")"
        case .interrupted: "asked to stop"
        }
    }
}

/// How often workers had to be replaced, by cause.
package final class FaultCounts: Sendable {
    private let raised = Atomic<UInt64>(0)
    private let died = Atomic<UInt64>(0)
    private let hung = Atomic<UInt64>(0)
    private let invalid = Atomic<UInt64>(0)

    func note(_ fault: WorkerFault) {
        switch fault {
        case .raised, .failed: raised.add(1, ordering: .relaxed)
        case .died: died.add(1, ordering: .relaxed)
        case .hung: hung.add(1, ordering: .relaxed)
        case .invalid: invalid.add(1, ordering: .relaxed)
        case .refused, .interrupted: break
        }
    }

    package var counts: EnvironmentFaults {
        var counts = EnvironmentFaults()
        counts.raised = raised.load(ordering: .relaxed)
        counts.died = died.load(ordering: .relaxed)
        counts.hung = hung.load(ordering: .relaxed)
        counts.invalid = invalid.load(ordering: .relaxed)
        return counts
    }
}
