import CStarlingKernels
import Glibc
import Logging
import StarlingExperience
import StarlingThreads

/// What workers of a kind are started as, and asked.
protocol WorkerKind {
    var bearing: FaultBearing { get }
    /// Whether environments are made to be looked at.
    var renders: Bool { get }
    /// Whether what lies in a worker can be saved.
    var savesState: Bool { get }
    /// Time after which a step, or making an environment and its first episode, is taken to hang.
    var stepSeconds: Double { get }
    var resetSeconds: Double { get }

    func start(_ memory: WorkerMemory, title: String) throws(WorkerFault) -> WorkerProcess

    /// Tells a new worker what to make, and hears what that is.
    /// - Parameters:
    ///   - width: environments of a group; nil: none are to be stepped, but one is to be looked over.
    ///   - masksActions: whether masks are wanted; nil: where the environment tells any.
    func greet(_ worker: WorkerProcess, width: Int?, masksActions: Bool?) throws(WorkerFault) -> WorkerDescription

    /// What a worker is told of the memory.
    func order(for layout: WorkerMemory.Layout) -> String
}

extension WorkerKind {
    /// Hears what a worker says of its environment.
    func described(_ worker: WorkerProcess) throws(WorkerFault) -> WorkerDescription {
        let answer = String(decoding: try worker.hear("making and resetting the environment") { resetSeconds }, as: UTF8.self)
        let lines = answer.split(separator: "\n")
        guard lines.first == "ready", let description = WorkerDescription(lines.dropFirst()) else {
            throw .refused(WorkerHost.noAnswer)
        }
        return description
    }
}

/// The program of workers. It gets its socket and the memory by fixed numbers, and before them the script where it has one.
struct WorkerProgram {
    var path: String
    var arguments: [String] = []
    var variables: [String] = []
    /// What it runs, with a name for people.
    var script: (name: String, bytes: [UInt8])?
    /// What to do where it doesn't start, behind a colon or semicolon.
    var remedy = ""

    static let socket: Int32 = 4
    static let memory: Int32 = 5
    static let end: Int32 = 6

    /// The script as a file without a name.
    func file() throws(WorkerFault) -> Int32? {
        guard let script else { return nil }
        let descriptor = starling_make_memory(script.name)
        guard descriptor >= 0, write(descriptor, script.bytes, script.bytes.count) == script.bytes.count else {
            throw WorkerProcess.fault("no memory for a worker's program")
        }
        lseek(descriptor, 0, SEEK_SET)
        return ChildProgram.moved([descriptor])[0]
    }
}
