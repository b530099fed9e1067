import CStarlingKernels
import Glibc
import StarlingEnvironments
import StarlingExperience

/// The process of a library's environments: see `LibraryWorker`.
package struct EnvironmentWorker {
    /// What a program is told first to be one.
    static let word = "environment-worker"

    private let memory = WorkerMemory(descriptor: WorkerProgram.memory)
    private let groups: [Group]

    /// Steps environments until whoever started this process ends, where it was started for that; else does nothing.
    package static func runIfAsked() {
        let words = CommandLine.arguments
        guard words.count == 3, words[1] == word, let parent = Int32(words[2]) else { return }
        // Not even a library that hangs shall outlive the actor.
        guard starling_end_with_parent(parent) != 0 else { exit(1) }
        signal(SIGINT, SIG_IGN)
        for descriptor in 3..<WorkerProgram.end { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        do throws(WorkerFault) {
            try EnvironmentWorker().serve()
        } catch {
            let word =
                switch error {
                case .refused: "refused"
                case .failed: "failed"
                default: "invalid"
                }
            say("\(word)\n\(error.line)")
        }
        exit(0)
    }

    /// Makes what the first words ask for.
    private init() throws(WorkerFault) {
        let told = Self.hear().split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false).map { String($0) }
        guard told.count == 4, let width = Int(told[0]) else { throw .refused("it was started by somebody else") }
        let options = LibraryOptions.Told(json: told[2], words: told[1].split(separator: " ").map { String($0) })
        let library = try EnvironmentLibrary(path: told[3])
        let description = try library.describe(options)
        Self.say((["ready"] + description.lines).joined(separator: "\n"))
        // Who only wanted to know doesn't ask further.
        let answer = Self.hear()
        guard let count = Int(answer) else { exit(0) }
        var spec = EnvironmentSpec(name: "", observation: description.observation, action: description.action)
        spec.take(description)
        try memory.map(WorkerMemory.Layout(spec, groups: count, width: width))
        var made: [Group] = []
        for place in memory.layout!.groups {
            made.append(Group(try LibraryEnvironments(library, options, count: width), place, memory.base!, width, spec))
        }
        groups = made
        Self.say("made")
    }

    /// Does what it is told to.
    private func serve() throws(WorkerFault) {
        let phase = memory.base!.assumingMemoryBound(to: UInt8.self) + WorkerMemory.Layout.phase
        let order = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        let answer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 2)
        while true {
            let count = recv(WorkerProgram.socket, order.baseAddress, order.count, 0)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                exit(0)
            }
            guard count == 6, groups.indices.contains(Int(order[1])) else { exit(1) }
            let group = Int(order[1])
            let number = Int(order.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
            switch order[0] {
            case UInt8(ascii: "S"):
                try groups[group].step(phase)
                (answer[0], answer[1]) = (UInt8(ascii: "D"), order[1])
                _ = send(WorkerProgram.socket, answer.baseAddress, 2, Int32(MSG_NOSIGNAL))
            case UInt8(ascii: "P"):
                let picture = groups[group].environments.picture(of: number)
                if case .pixels(let width, let height, let rgb)? = picture, leave(rgb) {
                    Self.say("P\(height) \(width)")
                } else {
                    Self.say("P")
                }
            case UInt8(ascii: "V"):
                let state = groups[group].environments.savedState()
                if let state, leave(state) { Self.say("V\(state.count)") } else { Self.say("V") }
            case UInt8(ascii: "R"):
                var state = [UInt8](repeating: 0, count: number)
                let isThere = pread(memory.descriptor, &state, state.count, off_t(memory.layout!.size)) == state.count
                Self.say("R" + (isThere ? groups[group].restore(state) ?? "" : "its bytes are gone"))
            default: exit(1)
            }
        }
    }

    /// Leaves bytes behind the groups.
    private func leave(_ bytes: [UInt8]) -> Bool {
        pwrite(memory.descriptor, bytes, bytes.count, off_t(memory.layout!.size)) == bytes.count
    }

    // MARK: -

    /// Environments that are stepped together, and their rows in memory.
    private struct Group {
        let environments: LibraryEnvironments
        let place: WorkerMemory.Layout.Group
        let base: UnsafeMutableRawPointer
        let width: Int
        /// `[E]`: who is stepped, and whose episodes begin.
        let active: UnsafeMutablePointer<UInt8>
        let beginning: UnsafeMutablePointer<UInt8>
        let action: ActionSpec
        /// `[E, A]`; empty where the library tells none.
        let masks: UnsafeMutableBufferPointer<UInt8>
        let tellsCost: Bool

        init(
            _ environments: LibraryEnvironments, _ place: WorkerMemory.Layout.Group, _ base: UnsafeMutableRawPointer, _ width: Int,
            _ spec: EnvironmentSpec
        ) {
            (self.environments, self.place, self.base, self.width) = (environments, place, base, width)
            (action, tellsCost) = (spec.action, spec.tellsCost)
            masks = UnsafeMutableBufferPointer(
                start: (base + place.masks).assumingMemoryBound(to: UInt8.self),
                count: spec.masksActions ? width * spec.action.parameterCount : 0)
            (active, beginning) = (.allocate(capacity: width), .allocate(capacity: width))
        }

        /// - Returns: why these bytes are no state; nil when it is in it, and has told masks of who is to be stepped.
        func restore(_ state: [UInt8]) -> String? {
            if let why = environments.restore(state) { return why }
            guard !masks.isEmpty else { return nil }
            let wants = (base + place.want).assumingMemoryBound(to: UInt8.self)
            for i in 0..<width { active[i] = wants[i] == WorkerMemory.Want.step.rawValue ? 1 : 0 }
            do throws(WorkerFault) { try environments.writeMasks(of: active, into: masks, action) } catch { return error.line }
            return nil
        }

        /// - Parameter phase: 1 while episodes begin.
        func step(_ phase: UnsafeMutablePointer<UInt8>) throws(WorkerFault) {
            let wants = (base + place.want).assumingMemoryBound(to: UInt8.self)
            let kinds = (base + place.kinds).assumingMemoryBound(to: UInt8.self)
            let rewards = (base + place.rewards).assumingMemoryBound(to: Float.self)
            var (steps, begins) = (false, false)
            for i in 0..<width {
                active[i] = wants[i] == WorkerMemory.Want.step.rawValue ? 1 : 0
                beginning[i] = wants[i] == WorkerMemory.Want.begin.rawValue ? 1 : 0
                steps = steps || active[i] != 0
                begins = begins || beginning[i] != 0
                if active[i] == 0 { (rewards[i], kinds[i]) = (0, StepKind.reset.rawValue) }
            }
            if steps {
                try environments.step(
                    active, actions: base + place.actions, into: base + place.observations, rewards: rewards, endings: kinds)
                if tellsCost {
                    try environments.writeCosts(of: active, into: (base + place.costs).assumingMemoryBound(to: Float.self))
                }
            }
            for i in 0..<width where active[i] != 0 {
                guard kinds[i] <= StepKind.truncated.rawValue else {
                    throw .ending(kinds[i], of: i)
                }
                if kinds[i] == StepKind.terminated.rawValue { (beginning[i], begins) = (1, true) }
            }
            if begins {
                phase.pointee = 1
                try environments.reset(
                    beginning, seeds: (base + place.seeds).assumingMemoryBound(to: UInt64.self), into: base + place.observations)
                phase.pointee = 0
            }
            guard !masks.isEmpty else { return }
            // Who is truncated takes no step next.
            for i in 0..<width {
                let goesOn = active[i] != 0 && kinds[i] != StepKind.truncated.rawValue
                active[i] = goesOn || beginning[i] != 0 ? 1 : 0
            }
            try environments.writeMasks(of: active, into: masks, action)
        }
    }

    private static func say(_ text: String) {
        _ = send(WorkerProgram.socket, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }

    private static func hear() -> String {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            let count = recv(WorkerProgram.socket, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { exit(0) }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
