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

    private let settings: PythonSettings
    private let options: GymnasiumOptions
    private var worker: WorkerProcess?
    /// Losses in a row with few good steps between them.
    private var failures = 0
    private var goodSteps = 0
    private var toldTraces: [String] = []
    /// Room for what is sent.
    private let order = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)

    /// Failures in a row that are put up with.
    private static let failureLimit = 5
    /// Environment steps after which a failure is forgotten.
    private static let forgivingSteps = 1_000
    private static let longestPause = 60.0

    /// Starts a worker.
    /// - Throws: `EnvironmentError` when that can't be, or its environments are others than the spec says.
    init(_ spec: EnvironmentSpec, groups: Int, width: Int, _ settings: PythonSettings) throws {
        (self.spec, self.settings) = (spec, settings)
        options = try GymnasiumOptions(spec.options)
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
            let pause = failures < 2 ? 0 : min(Self.longestPause, Double(1 << (failures - 2)))
            let time = Deadline.after(seconds: pause)
            while !time.isPast {
                if settings.isStopping() { throw Self.error(.interrupted, spec.title) }
                usleep(50_000)
            }
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
                return isBeginning ? max(options.resetSeconds, options.stepSeconds) : options.stepSeconds
            }
            guard answer.count == 2, answer[1] == UInt8(group) else { throw .died(Self.noAnswer) }
        } catch {
            try lose(error)
            return false
        }
        goodSteps += steps
        if goodSteps >= Self.forgivingSteps { failures = 0 }
        return true
    }

    /// A step gave something that no environment may give.
    func reject(_ what: String) throws { try lose(.invalid(what)) }

    /// What an environment of a group looks like; nil when it can't tell.
    func picture(_ group: Int, _ environment: Int) -> Picture? {
        guard settings.renders, let worker else { return nil }
        do throws(WorkerFault) {
            try send(UInt8(ascii: "P"), group, environment)
            let answer = String(decoding: try worker.hear("a picture") { options.stepSeconds }.dropFirst(), as: UTF8.self)
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

    // MARK: Workers

    private func start() throws(WorkerFault) {
        let worker = try WorkerProcess(settings, memory: memory, title: spec.title)
        self.worker = worker
        do throws(WorkerFault) {
            let described = try Self.greet(worker, options, settings, width: layout.width)
            if let difference = spec.difference(from: described) {
                throw .refused(
                    "\(difference), with \(described.versions): the learner has other versions or other options of it, or another file")
            }
            isTogether = described.isTogether
            try worker.send(layout.json)
            let answer = try worker.hear("making the environments") { options.resetSeconds }
            guard answer.elementsEqual("made".utf8) else { throw .died(Self.noAnswer) }
        } catch {
            worker.end()
            self.worker = nil
            throw error
        }
    }

    /// Tells a new worker what to make, and hears what that is.
    /// - Parameter width: environments of a group; nil: none are to be stepped, but one is to be looked over.
    static func greet(
        _ worker: WorkerProcess, _ options: GymnasiumOptions, _ settings: PythonSettings, width: Int?
    ) throws(WorkerFault) -> WorkerDescription {
        var module = "null"
        if let name = options.module {
            guard let path = settings.modules[name] else {
                throw .refused(
                    "it comes with the module \(name), which nobody here allowed to be imported: start the actor with --module \(name), or "
                        + "--module PATH/\(name).py")
            }
            module = "{\"name\": \(PrintableText.quoted(name)), \"path\": \(path.map(PrintableText.quoted) ?? "null")}"
        }
        try worker.send(
            """
            {"options": \(options.told.json), "module": \(module), "render": \(settings.renders), "width": \(width ?? 0), \
            "examine": \(width == nil)}
            """)
        let answer = String(decoding: try worker.hear("making the environment") { options.resetSeconds }, as: UTF8.self)
        let lines = answer.split(separator: "\n")
        guard lines.first == "ready", let description = WorkerDescription(lines.dropFirst()) else {
            throw .refused(noAnswer)
        }
        return description
    }

    private static let noAnswer = "its worker said what no worker says: is something else written to its socket?"

    private func send(_ order: UInt8, _ group: Int, _ environment: Int = 0) throws(WorkerFault) {
        guard let worker else { throw .died("its worker is gone") }
        // Where nothing else lies: a letter, a group, an environment.
        self.order.copyBytes(from: CollectionOfOne(order))
        self.order[1] = UInt8(group)
        self.order.storeBytes(of: UInt16(environment), toByteOffset: 2, as: UInt16.self)
        try worker.send(UnsafeRawBufferPointer(self.order))
    }

    /// Ends the worker after a fault.
    /// - Throws: when there is no use in another.
    private func lose(_ fault: WorkerFault) throws {
        let isFirst = goodSteps == 0 && losses == 0
        losses += 1
        worker?.end()
        worker = nil
        if case .interrupted = fault { throw Self.error(fault, spec.title) }
        settings.faults.note(fault)
        if case .raised(let trace) = fault { tell(trace) }
        // What never worked isn't mended by trying again.
        if isFirst { throw Self.error(fault, spec.title) }
        if goodSteps >= Self.forgivingSteps { failures = 0 }
        failures += 1
        goodSteps = 0
        settings.logger.warning("\(spec.title): \(fault.line); its open episodes are truncated, and a new worker goes on")
        if case .refused = fault { throw Self.error(fault, spec.title) }
        guard failures <= Self.failureLimit else {
            throw EnvironmentError(
                .broken,
                "Environment '\(spec.title)' failed \(failures) times with less than \(Self.forgivingSteps) steps between; the last time \(fault.line)"
            )
        }
    }

    /// The same traceback once.
    private func tell(_ trace: String) {
        guard !toldTraces.contains(trace) else { return }
        if toldTraces.count >= 16 { toldTraces.removeFirst() }
        toldTraces.append(trace)
        for line in trace.split(separator: "\n") {
            settings.logger.error("\(spec.title): \(PrintableText.escaped(String(line)))")
        }
    }
}

extension EnvironmentSpec {
    /// What is otherwise than a worker says, for people.
    fileprivate func difference(from other: WorkerDescription) -> String? {
        if observation != other.observation {
            return
                "its observations are \(other.observation) here, and the learner's \(observation)"
        }
        if action != other.action { return "its actions are \(other.action) here, and the learner's \(action)" }
        return nil
    }
}
