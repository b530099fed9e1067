import CStarlingKernels

/// The processor cores of this process.
public enum Cores {
    /// So many may be busy at a time: what the scheduler allows, and what a container's or a service's share of time comes to.
    public static var count: Int {
        let allowed = max(1, Int(starling_core_count()))
        return controlGroups.reduce(allowed) { min($0, quota(SmallFile.line(of: "\($1)/cpu.max")) ?? allowed) }
    }

    /// Cores that a line of cgroup v2's cpu.max allows, rounded up; nil for no limit.
    package static func quota(_ line: String) -> Int? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let time = Double(words[0]), let period = Double(words[1]), time > 0, period > 0 else { return nil }
        return max(1, Int((time / period).rounded(.up)))
    }

    /// Folders of the control groups that this process is in, the root's first.
    private static var controlGroups: [String] {
        var folders = ["/sys/fs/cgroup"]
        let own = SmallFile.line(of: "/proc/self/cgroup")
        guard own.hasPrefix("0::/") else { return folders }
        for name in own.dropFirst(4).split(separator: "/") { folders.append("\(folders.last!)/\(name)") }
        return folders
    }
}
