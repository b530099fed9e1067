import Foundation
import Glibc
import StarlingBench

/// The folder of a `starling bench learning`: a small file for every run that ended, and the run that is under way.
final class LearningFolder {
    private let path: String
    private let descriptor: Int32

    /// Makes it where it isn't there, and keeps other benches out.
    init(_ path: String) throws {
        self.path = path
        try Self.saying("can't make \(path)") { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError("can't open \(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError("another bench writes to \(path); wait for it, or name another folder with --out")
        }
        removeRun()
    }

    deinit {
        removeRun()
        close(descriptor)
    }

    /// What was found before.
    /// - Parameter told: why a file that is there can't be used.
    /// - Returns: nil when the run is to be made.
    func outcome(of key: LearningKey, told: (String) -> Void) -> LearningOutcome? {
        guard let data = FileManager.default.contents(atPath: file(of: key)) else { return nil }
        guard let result = try? Self.decoder.decode(LearningResult.self, from: data) else {
            told("\(file(of: key)) is no result: the run is made again")
            return nil
        }
        if let refusal = result.refusal(as: key) {
            told("\(file(of: key)) is not used, for \(refusal): the run is made again")
            return nil
        }
        return result.outcome
    }

    /// Keeps a result: whole, or not at all.
    func keep(_ result: LearningResult) throws {
        let aside = file(of: result.key) + ".aside"
        let data = try JSONEncoder.forReports().encode(result) + Data("\n".utf8)
        try Self.saying("can't write \(aside)") { try data.write(to: URL(fileURLWithPath: aside)) }
        guard rename(aside, file(of: result.key)) == 0 else {
            throw CommandError("can't write \(file(of: result.key)): \(String(cString: strerror(errno)))")
        }
    }

    /// An empty folder for the next run; that of the last is gone.
    func makeRun() throws -> String {
        removeRun()
        try Self.saying("can't make \(run)") { try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false) }
        return run
    }

    /// Also what a bench that was killed has left.
    func removeRun() { try? FileManager.default.removeItem(atPath: run) }

    private static func saying(_ what: String, _ body: () throws -> Void) throws(CommandError) {
        do { try body() } catch { throw CommandError("\(what): \(error.localizedDescription)") }
    }

    private var run: String { path + "/running" }
    private func file(of key: LearningKey) -> String { path + "/" + key.fileName }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
