import Glibc
import Logging
import StarlingEnvironments
import StarlingExperience
import StarlingThreads

/// One worker after another, for groups of environments that one thread steps: it starts them, talks to them, and replaces those
/// that fail.
final class WorkerHost {
    let spec: EnvironmentSpec
    let memory: WorkerMemory
    let layout: WorkerMemory.Layout
    /// Whether a group's environments are stepped by one call, which begin an episode in the step after its end.
    private(set) var isTogether = false
    /// Counts the workers that were lost: what was asked of an earlier one is not answered any more.
    private(set) var losses = 0

    let kind: any WorkerKind
    private(set) var worker: WorkerProcess?
    private var patience: FaultPatience
    private var toldTraces: [String] = []
    /// Room for what is sent.
    private let order = UnsafeMutableRawBufferPointer.allocate(byteCount: 6, alignment: 4)

    /// Starts a worker.
    /// - Throws: `EnvironmentError` when that can't be, or its environments are others than the spec says.
    init(_ spec: EnvironmentSpec, groups: Int, width: Int, _ kind: any WorkerKind) throws {
        (self.spec, self.kind) = (spec, kind)
        patience = FaultPatience(title: spec.title, "a new worker goes on", kind.bearing)
        layout = WorkerMemory.Layout(spec, groups: groups, width: width)
        do throws(WorkerFault) {
            memory = try WorkerMemory()
            try memory.map(layout)
        } catch {
            throw Self.error(error, spec.title)
        }
        do throws(WorkerFault) { try start() } catch {
            if case .raised(let trace) = error { tell(trace) }
            throw Self.error(error, spec.title)
        }
    }

    deinit { order.deallocate() }

    static func error(_ fault: WorkerFault, _ title: String) -> EnvironmentError {
        switch fault {
        case .interrupted: EnvironmentError(.interrupted, "\(title): asked to stop")
        case .refused(let text): EnvironmentError(.unusable, "Environment '\(title)' can't be used here: \(text)")
        default: EnvironmentError(.unusable, "Environment '\(title)' can't be used here: \(fault.line)")
        }
    }

    // MARK: What groups ask

    /// Whether there is a worker to be asked.
    var isUp: Bool { worker != nil }

    /// Starts a worker where there is none: at once after the first failure, and later each time.
    /// - Throws: `EnvironmentError` when there is none to be had.
    func prepare() throws {
        while worker == nil {
            try patience.pause()
            do throws(WorkerFault) { try start() } catch { try lose(error) }
        }
    }

    /// Has a group step as its memory says.
    /// - Returns: false when the worker was lost instead.
    func begin(_ group: Int) throws -> Bool {
        do throws(WorkerFault) { try send(UInt8(ascii: "S"), group) } catch {
            try lose(error)
            return false
        }
        return true
    }

    /// Waits for a group's step; steps end in the order in which they began.
    /// - Returns: false when the worker was lost instead.
    /// - Throws: `EnvironmentError` when it was one too many, or to stop.
    func finish(_ group: Int, steps: Int) throws -> Bool {
        do throws(WorkerFault) {
            guard let worker else { throw .died("its worker is gone") }
            let answer = try worker.hear("a step") {
                let isBeginning = memory.base!.load(fromByteOffset: WorkerMemory.Layout.phase, as: UInt8.self) == 1
                return isBeginning ? max(kind.resetSeconds, kind.stepSeconds) : kind.stepSeconds
            }
            guard answer.count == 2, answer[1] == UInt8(group) else { throw .died(Self.noAnswer) }
        } catch {
            try lose(error)
            return false
        }
        patience.note(goodSteps: steps)
        return true
    }

    // MARK: Workers

    private func start() throws(WorkerFault) {
        let worker = try kind.start(memory, title: spec.title)
        self.worker = worker
        do throws(WorkerFault) {
            let described = try kind.greet(worker, width: layout.width, masksActions: spec.masksActions)
            if let difference = spec.difference(from: described) {
                throw .refused(
                    "\(difference), with \(described.versions): the learner has other versions or other options of it, or another file")
            }
            isTogether = described.isTogether
            try worker.send(kind.order(for: layout))
            let answer = try worker.hear("making the environments") { kind.resetSeconds }
            guard answer.elementsEqual("made".utf8) else { throw .died(Self.noAnswer) }
        } catch {
            worker.end()
            self.worker = nil
            throw error
        }
    }

    static let noAnswer = "its worker said what no worker says: is something else written to its socket?"

    /// - Parameter number: an environment, or how many bytes.
    func send(_ order: UInt8, _ group: Int, _ number: Int = 0) throws(WorkerFault) {
        guard let worker else { throw .died("its worker is gone") }
        // Where nothing else lies: a letter, a group, a number of 32 bits.
        self.order.copyBytes(from: CollectionOfOne(order))
        self.order[1] = UInt8(group)
        self.order.storeBytes(of: UInt32(truncatingIfNeeded: number), toByteOffset: 2, as: UInt32.self)
        try worker.send(UnsafeRawBufferPointer(self.order))
    }

    /// Ends the worker after a fault.
    /// - Throws: when there is no use in another.
    func lose(_ fault: WorkerFault) throws {
        losses += 1
        worker?.end()
        worker = nil
        if case .raised(let trace) = fault { tell(trace) }
        try patience.bear(fault)
    }

    /// The same traceback once.
    private func tell(_ trace: String) {
        guard !toldTraces.contains(trace) else { return }
        if toldTraces.count >= 16 { toldTraces.removeFirst() }
        toldTraces.append(trace)
        for line in trace.split(separator: "\n") {
            kind.bearing.logger.error("\(spec.title): \(PrintableText.escaped(String(line)))")
        }
    }
}

extension EnvironmentSpec {
    /// What is otherwise than a worker says, for people.
    func difference(from other: WorkerDescription) -> String? {
        if observation != other.observation {
            return
                "its observations are \(other.observation) here, and the learner's \(observation)"
        }
        if masksActions != other.masksActions {
            return masksActions ? "it masks no actions here, as the learner's does" : "it masks actions here, and not at the learner's"
        }
        if tellsCost != other.tellsCost {
            return tellsCost ? "its steps have no costs here, and the learner's have" : "its steps have costs here, and not the learner's"
        }
        if action != other.action { return "its actions are \(other.action) here, and the learner's \(action)" }
        if (observationLimit, rewardLimit) != (other.observationLimit, other.rewardLimit) {
            return
                "its limits are \(other.observationLimit) and \(other.rewardLimit) here, and the learner's \(observationLimit) and \(rewardLimit)"
        }
        if playersAlternate != other.playersAlternate {
            return playersAlternate ? "it has no players in turn here" : "its players are in turn here, and not the learner's"
        }
        return nil
    }
}
