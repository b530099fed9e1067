import Glibc
import StarlingEnvironments

/// What lies behind the groups in memory for a moment: pictures and states.
extension WorkerHost {
    /// What an environment of a group looks like; nil when it can't tell.
    func picture(_ group: Int, _ environment: Int) -> Picture? {
        guard kind.renders, let worker else { return nil }
        do throws(WorkerFault) {
            try send(UInt8(ascii: "P"), group, environment)
            let answer = String(decoding: try worker.hear("a picture") { kind.stepSeconds }.dropFirst(), as: UTF8.self)
            let numbers = answer.split { !$0.isNumber }.compactMap { Int($0) }
            guard numbers.count == 2, numbers.allSatisfy({ (1...16_384).contains($0) }) else { return nil }
            var bytes = [UInt8](repeating: 0, count: 3 * numbers[0] * numbers[1])
            guard pread(memory.descriptor, &bytes, bytes.count, off_t(layout.size)) == bytes.count else { return nil }
            return .pixels(width: numbers[1], height: numbers[0], rgb: bytes)
        } catch {
            try? lose(error)
            return nil
        }
    }

    /// Whether what lies in a worker can be saved.
    var savesState: Bool { kind.savesState }

    /// What a group's environments save; nil when they can't.
    func savedState(of group: Int) -> [UInt8]? {
        guard kind.savesState, let worker else { return nil }
        do throws(WorkerFault) {
            try send(UInt8(ascii: "V"), group)
            let answer = String(decoding: try worker.hear("a state") { kind.stepSeconds }.dropFirst(), as: UTF8.self)
            guard let size = Int(answer), (1...Self.stateByteLimit).contains(size) else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            return pread(memory.descriptor, &bytes, size, off_t(layout.size)) == size ? bytes : nil
        } catch {
            try? lose(error)
            return nil
        }
    }

    /// Has a group's environments become what they saved.
    /// - Returns: why these bytes are no such state; nil when they are.
    /// - Throws: `EnvironmentError` when there is no use in another worker.
    func restore(_ state: [UInt8], group: Int) throws -> String? {
        try prepare()
        guard pwrite(memory.descriptor, state, state.count, off_t(layout.size)) == state.count else { return "it can't be shared" }
        do throws(WorkerFault) {
            try send(UInt8(ascii: "R"), group, state.count)
            guard let worker else { throw .died("its worker is gone") }
            let answer = String(decoding: try worker.hear("a state") { kind.resetSeconds }.dropFirst(), as: UTF8.self)
            return answer.isEmpty ? nil : answer
        } catch {
            try lose(error)
            return error.line
        }
    }

    private static let stateByteLimit = 1 << 30
}
