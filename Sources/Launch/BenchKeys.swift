import Foundation
import StarlingKeys

/// Keys for one measurement, in a folder of their own that goes with them: a learner's, and one of an actor that it lets in.
final class BenchKeys {
    let directory: KeyDirectory
    /// The file that the actors of the bench share.
    let actorFile: String
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        directory = KeyDirectory(folder.path + "/keys")
        try directory.make()
        actorFile = try directory.makeActor("bench").path
        _ = try directory.enrol(actorFile)
    }
}

/// A new folder that is removed with its last reference.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/starling-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandError("can't make a folder in \(FileManager.default.temporaryDirectory.path): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
