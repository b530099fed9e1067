import Foundation

/// Makes MIDI heard, by fluidsynth, where it is installed with a sound font.
enum Synthesizer {
    private static let remedy = "apt-get install fluidsynth timgm6mb-soundfont"
    private static let fonts = ["TimGM6mb.sf2", "default-GM.sf2", "FluidR3_GM.sf2"].map { "/usr/share/sounds/sf2/\($0)" }

    /// - Returns: the sound file's path, or why there is none, and what to do.
    static func play(_ midi: String, to sound: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let program = folders.map { "\($0)/fluidsynth" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let program else { return "no sound: there is no fluidsynth; \(remedy)" }
        guard let font = fonts.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            return "no sound: fluidsynth has no sound font; \(remedy)"
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-q", "-n", "-i", "-r", "44100", "-F", sound, font, midi]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw CommandError("\(program) did not start: \(error.localizedDescription)") }
        process.waitUntilExit()
        guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: sound) else {
            return "no sound: \(program) \(process.arguments!.joined(separator: " ")) ended with status \(process.terminationStatus)"
        }
        return sound
    }
}
