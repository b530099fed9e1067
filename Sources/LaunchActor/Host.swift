import Glibc

/// What a process knows of where it runs.
package enum Host {
    /// The machine's name.
    package static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "host" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An address to connect to: where it stands for all interfaces, this machine's name takes their place.
    package static func dialable(_ endpoint: String) -> String {
        for all in ["tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"] where endpoint.hasPrefix(all) {
            return "tcp://\(name):\(endpoint.dropFirst(all.count))"
        }
        return endpoint
    }

    /// Seconds since 1970.
    static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A number that grows from one start of a program to the next: microseconds since 1970.
    package static func incarnation() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}

/// Which program this is.
package enum Build {
    package static let version = "0.1.0"
    /// What the program was called by: its own name in help, messages and commands to copy.
    package static let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "starling"
    /// Name, version and wire protocol: what a refusal prints of both ends.
    package static var description: String { "Starling \(version)" }
}
