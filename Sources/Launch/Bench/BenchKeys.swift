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
