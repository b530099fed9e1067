import Foundation
import StarlingConfiguration
import StarlingLearning
import Testing

@Suite struct KeysPageTests {
    /// The page of all keys is the table's own text. After a change of the table:
    /// `STARLING_WRITE_PAGES=1 swift test -c release --disable-xctest --filter KeysPageTests`.
    @Test func thePageOfKeysIsTheTables() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let page = sources.appending(path: "Learning/Learning.docc/Keys.md")
        let text = """
            # Keys of a recipe

            A recipe is a YAML file of nested maps; `--set key=value` overrides one key. The defaults are those of a recipe
            that doesn't mention the key.

            \(RunSettings().keys.reference(defaults: RunSettings()))
            """
        if ProcessInfo.processInfo.environment["STARLING_WRITE_PAGES"] != nil {
            try text.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == text)
    }
}
