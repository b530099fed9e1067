import Foundation

/// Resident memory of a process; 0 if it is gone.
package func residentBytes(_ process: Int32) -> Int {
    let fields = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
}

/// The most memory that a process ever held resident; 0 when there is no such process.
package func peakResidentBytes(_ process: Int32) -> Int {
    let lines = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8))?.split(separator: "\n") ?? []
    let peak = lines.first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: \.isWhitespace) ?? []
    return peak.count > 1 ? (Int(peak[1]) ?? 0) * 1024 : 0
}
