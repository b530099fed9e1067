import Foundation
import StarlingMonitoring
import StarlingStorage
import Testing

/// Pictures in event files; what TensorBoard reads of these is seen by its own loader, with processes.
@Suite struct TensorBoardFileTests {
    private let picture = TensorBoardFile.Image("latent/something", width: 3, height: 2, png: Array("pixels".utf8))

    private func withFile(imageSeconds: Double, _ body: (TensorBoardFile, () throws -> Data) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "starling-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = RunPaths(folder)
        let description = TensorBoardFile.Description(configuration: "", parameters: [], group: "", generation: 1, frames: 0)
        let file = try #require(TensorBoardFile(paths, [], description, imageSeconds: imageSeconds) { Issue.record("\($0)") })
        try body(file) {
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: paths.tensorBoard).first)
            return try Data(contentsOf: URL(filePath: "\(paths.tensorBoard)/\(name)"))
        }
    }

    @Test func picturesComeWhileTheRunGoesOn() throws {
        try withFile(imageSeconds: 0) { file, bytes in
            #expect(file.wantsImages)
            let before = try bytes().count
            file.show([picture], frames: 7)
            let written = try bytes()
            #expect(
                written.count > before && written.range(of: Data("latent/something".utf8)) != nil
                    && written.range(of: Data("pixels".utf8)) != nil)
            #expect(file.wantsImages)
        }
    }

    @Test func theyComeOnceInAWhile() throws {
        try withFile(imageSeconds: 60) { file, _ in
            #expect(!file.wantsImages)
            file.show([picture], frames: 7)
            #expect(!file.wantsImages)
        }
    }
}
