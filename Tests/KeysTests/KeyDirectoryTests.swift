import Glibc
import StarlingKeys
import StarlingZeroMQ
import Testing

@Suite("Keys")
struct KeyDirectoryTests {
    let folder: Folder
    let keys: KeyDirectory

    init() throws {
        folder = try Folder()
        keys = KeyDirectory(folder.path + "/keys")
    }

    @Test("A pair is made once, and only its owner may read it")
    func makes() throws {
        #expect(try keys.make())
        let pair = try keys.learner()
        #expect(try !keys.make())
        #expect(try keys.learner() == pair)
        #expect(mode(of: keys.path) == 0o700 && mode(of: keys.learnerFile) == 0o600 && mode(of: keys.allowListFile) == 0o600)
        #expect(try CurveKeyPair(secret: pair.secretKey) == pair)
        #expect(CurveKey(text: pair.publicKey.text) == pair.publicKey && pair.publicKey != pair.secretKey)
    }

    @Test("An actor's file holds all that it needs, and is never written over")
    func actorFile() throws {
        try keys.make()
        let made = try keys.makeActor("rack7")
        let read = try ActorKey(path: keys.actorFile("rack7"))
        #expect(read == made && read.name == "rack7")
        #expect(try read.learner == keys.learner().publicKey)
        #expect(mode(of: keys.actorFile("rack7")) == 0o600)
        #expect(throws: KeyError.self) { try keys.makeActor("rack7") }
        #expect(try ActorKey(path: keys.actorFile("rack7")) == made)
    }

    @Test("A file's content in place of its path is not told to anybody")
    func content() throws {
        let error = #expect(throws: KeyError.self) { try ActorKey(path: "# The key of a\nkind actor\nsecret abcdefgh\n") }
        #expect(error.map { "\($0)".contains("path of its file") && !"\($0)".contains("abcdefgh") } == true)
    }

    @Test("Files that others may read are refused, with the remedy", arguments: [0o640, 0o604, 0o660, 0o666] as [mode_t])
    func wideFiles(mode: mode_t) throws {
        try keys.make()
        let file = try keys.makeActor("a").path
        chmod(file, mode)
        chmod(keys.learnerFile, mode)
        let error = #expect(throws: KeyError.self) { try ActorKey(path: file) }
        #expect(error?.description.contains("chmod 600 \(file)") == true)
        #expect(throws: KeyError.self) { try keys.learner() }
    }

    @Test("A list that others may change is refused")
    func wideList() throws {
        try keys.make()
        chmod(keys.allowListFile, 0o644)
        #expect(try keys.allowList().entries.isEmpty)
        chmod(keys.allowListFile, 0o622)
        #expect(throws: KeyError.self) { try keys.allowList() }
    }

    @Test("Enrolled, revoked, replaced by a key of the same name")
    func lifetime() throws {
        try keys.make()
        let first = try keys.makeActor("a")
        #expect(try keys.allowList().verdict(on: first.pair.publicKey) == .unknown)
        #expect(try keys.enrol(first.path).name == "a")
        #expect(try keys.allowList().verdict(on: first.pair.publicKey) == .admitted(name: "a"))
        let again = #expect(throws: KeyError.self) { try keys.enrol(first.path) }
        #expect(again?.description.contains("already") == true)
        #expect(try keys.revoke("a") == first.pair.publicKey)
        guard case .revoked(name: "a", _) = try keys.allowList().verdict(on: first.pair.publicKey) else {
            Issue.record("not revoked")
            return
        }
        let twice = #expect(throws: KeyError.self) { _ = try keys.revoke("a") }
        #expect(twice?.description.contains("already") == true)
        unlink(first.path)
        let second = try keys.makeActor("a")
        try _ = keys.enrol(second.path)
        #expect(try keys.allowList().verdict(on: second.pair.publicKey) == .admitted(name: "a"))
        #expect(try keys.allowList().verdict(on: first.pair.publicKey) != .admitted(name: "a"))
        #expect(try keys.allowList().entries.count == 2)
        unlink(second.path)
        let third = try keys.makeActor("a")
        let taken = #expect(throws: KeyError.self) { try keys.enrol(third.path) }
        #expect(taken?.description.contains("starling revoke a") == true)
        let nobody = #expect(throws: KeyError.self) { _ = try keys.revoke("b") }
        #expect(nobody?.description.contains("enrolled are: a") == true)
    }

    @Test("A key of another learner is not enrolled, nor is the learner's own")
    func otherLearner() throws {
        try keys.make()
        let other = KeyDirectory(folder.path + "/other")
        try other.make()
        let key = try other.makeActor("a")
        let error = #expect(throws: KeyError.self) { try keys.enrol(key.path) }
        #expect(error?.description.contains("another learner") == true)
        #expect(throws: KeyError.self) { try keys.enrol(keys.learnerFile) }
        #expect(throws: KeyError.self) { try KeyDirectory(folder.path + "/none").enrol(key.path) }
    }

    @Test("A damaged file is told, wherever it is damaged")
    func damage() throws {
        try keys.make()
        let path = try keys.makeActor("a").path
        let text = try read(path)
        for (place, character) in text.enumerated() where character != "\n" {
            var changed = Array(text)
            changed[place] = character == "x" ? "y" : "x"
            try write(String(changed), to: path)
            // Either it is refused, or the damage was in a comment, the name or the learner's key, which proves nothing.
            if let key = try? ActorKey(path: path) { #expect(try CurveKeyPair(secret: key.pair.secretKey) == key.pair) }
        }
        for count in stride(from: 0, to: text.count - 2, by: 7) {
            try write(String(text.prefix(count)), to: path)
            #expect(throws: KeyError.self) { try ActorKey(path: path) }
        }
    }

    @Test("Lines of the list that can't be read let nobody in and are told; the others hold")
    func list() throws {
        try keys.make()
        _ = try keys.enrol(try keys.makeActor("a").path)
        _ = try keys.enrol(try keys.makeActor("b").path)
        let list = try keys.allowList()
        #expect(AllowList(text: list.text) == list && list.faults.isEmpty)
        let broken = AllowList(text: list.text.replacing("\nb ", with: "\nb! ") + "nonsense\n")
        #expect(broken.entries.map(\.name) == ["a"] && broken.faults.count == 2)
    }

    @Test(
        "Names that would not be safe as files and words",
        arguments: ["", "a/b", "..", ".a", "learner", "a b", "a\nb", "ä", String(repeating: "a", count: 65)])
    func names(name: String) throws {
        try keys.make()
        #expect(throws: KeyError.self) { try keys.makeActor(name) }
    }

    @Test("Many enrolments at once all hold")
    func concurrent() async throws {
        try keys.make()
        let paths = try (0..<16).map { try keys.makeActor("a\($0)").path }
        let directory = keys
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in paths { group.addTask { _ = try directory.enrol(path) } }
            try await group.waitForAll()
        }
        #expect(try keys.allowList().entries.count == 16)
    }

    @Test("What root's commands write belongs to the learner's user", .enabled(if: geteuid() == 0, "only root can give files away"))
    func ownership() throws {
        func owner(_ path: String) -> uid_t? {
            var status = stat()
            return lstat(path, &status) == 0 ? status.st_uid : nil
        }
        try keys.make()
        _ = try keys.enrol(try keys.makeActor("a").path)
        for path in [keys.path, keys.learnerFile, keys.allowListFile] { chown(path, 12345, 12345) }
        unlink(keys.path + "/.lock")
        _ = try keys.revoke("a")
        let made = try keys.makeActor("b").path
        for path in [keys.allowListFile, keys.path + "/.lock", made] { #expect(owner(path) == 12345, "\(path)") }
        // A link that the user has put in the way is not followed.
        let victim = folder.path + "/other"
        try write("mine", to: victim)
        symlink(victim, keys.allowListFile + ".\(getpid()).new")
        _ = try keys.enrol(made)
        #expect(try owner(victim) == 0 && read(victim) == "mine")
        unlink(victim)
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        fputs(text, file)
    }
}

/// A folder of one test, removed with it.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/starling-keys-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        for name in ["keys", "other"] { remove(path + "/" + name) }
        rmdir(path)
    }

    private func remove(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(folder + "/" + name) }
        }
        closedir(stream)
        rmdir(folder)
    }
}
