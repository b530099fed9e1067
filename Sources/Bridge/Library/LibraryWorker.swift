import CStarlingKernels
import Glibc
import StarlingExperience

/// Workers that step a library's environments: one of our own programs, so that what the library does to its process is done to that one.
///
/// It is told the width of a group, names of options, options and path, a line each, and answers as a worker of Python does; then the number of groups. An order
/// for a group is `S` and its number, as Python's; `P` asks for a picture, `V` for the state, which then lies behind the groups in
/// memory, and `R` brings such a state.
struct LibraryWorker: WorkerKind {
    private let settings: LibrarySettings
    private let options: LibraryOptions

    init(_ settings: LibrarySettings, _ options: LibraryOptions) { (self.settings, self.options) = (settings, options) }

    var bearing: FaultBearing { settings.bearing }
    var renders: Bool { true }
    var savesState: Bool { true }
    var stepSeconds: Double { options.stepSeconds }
    var resetSeconds: Double { options.resetSeconds }

    func start(_ memory: WorkerMemory, title: String) throws(WorkerFault) -> WorkerProcess {
        let program = WorkerProgram(path: settings.program, arguments: [EnvironmentWorker.word, "\(getpid())"])
        return try WorkerProcess(
            program, memory: memory, title: title, logger: settings.logger, isStopping: settings.isStopping)
    }

    func greet(_ worker: WorkerProcess, width: Int?, masksActions: Bool?) throws(WorkerFault) -> WorkerDescription {
        // No name of a file has a line's end where it counts: the path is the last.
        try worker.send("\(width ?? 0)\n\(options.library.words.joined(separator: " "))\n\(options.library.json)\n\(settings.path)")
        return try described(worker)
    }

    func order(for layout: WorkerMemory.Layout) -> String { "\(layout.groups.count)" }
}

extension WorkerDescription {
    /// As a worker says it.
    var lines: [String] {
        func text(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
        func array(_ scalar: ObservationSpec.Scalar, _ shape: [Int]) -> String {
            "\(scalar == .uint8 ? "uint8" : "float32") \(shape.map(String.init).joined(separator: " "))"
        }
        let observations =
            observation.parts.isEmpty
            ? ["observation \(array(observation.scalar, observation.shape))"]
            : observation.parts.map { "part \($0.name) \(array($0.scalar, $0.shape))" }
        var lines =
            ["versions \(versions)"] + observations + [
                "masks \(masksActions ? 1 : 0)", "costs \(tellsCost ? 1 : 0)",
                "limits \(text([observationLimit, rewardLimit]))", "alternate \(playersAlternate ? 1 : 0)",
            ]
        switch action {
        case .discrete(let count): lines.append("discrete \(count)")
        case .multiDiscrete(let counts): lines.append("parts \(counts.map(String.init).joined(separator: " "))")
        case .continuous(let low, let high): lines += ["low \(text(low))", "high \(text(high))"]
        }
        return lines
    }
}
