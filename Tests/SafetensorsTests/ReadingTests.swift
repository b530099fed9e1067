import Foundation
import StarlingSafetensors
import Testing

@Suite struct ReadingTests {
    private func fault(_ path: String) -> SafetensorsError? {
        do {
            _ = try SafetensorsFile(reading: path)
            return nil
        } catch { return error }
    }

    @Test func aFileIsReadWhole() throws {
        let path = NSTemporaryDirectory() + "starling-arrays-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // More than the kernel gives at a time where it gives little.
        let large = NamedArray("large", (0..<3_000_000).map { Float($0) })
        let file = SafetensorsFile(knownArrays + [large])
        try Data(file.encoded()).write(to: URL(filePath: path))
        #expect(Set(try SafetensorsFile(reading: path).arrays) == Set(file.arrays))

        try Data(file.encoded().dropLast()).write(to: URL(filePath: path))
        let error = fault(path)
        #expect(error?.code == .truncated && error?.message.hasPrefix("\(path): ") == true)
    }

    @Test func whatCantBeReadIsNamed() {
        #expect(fault("/nowhere/at/all")?.message == "there is no file /nowhere/at/all" && fault("/nowhere/at/all")?.code == .absent)
        let directory = fault("/")
        #expect(directory?.code == .unreadable && directory?.message.hasPrefix("/ can't be read: ") == true)
        #expect(fault("/dev/null")?.code == .truncated)
    }
}
