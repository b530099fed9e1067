import Foundation
import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingMonitoring
import StarlingRecording

/// An episode as a moving picture, what comes back of its observations beside it.
final class EpisodeRecording {
    /// What its file's name says it is.
    enum Format: String, CaseIterable {
        /// Moving, everywhere.
        case gif
        /// Some moments, one beside the other.
        case png
        /// By ffmpeg.
        case mp4
    }

    private static let frameLimit = 2000
    private static let stills = 24
    /// Pixels on a side of a picture, about.
    private static let side = 200

    private let path: String
    private let format: Format
    private let framesPerSecond: Int
    private var frames: [Picture] = []

    /// - Throws: why there can be no such file.
    init(_ path: String, framesPerSecond: Int) throws {
        guard let format = Format(rawValue: URL(fileURLWithPath: path).pathExtension.lowercased()) else {
            throw CommandError("--record writes an episode as FILE.gif, FILE.png or FILE.mp4, not \(path)")
        }
        if format == .mp4 { _ = try MoviePipe.program() }
        (self.path, self.format, self.framesPerSecond) = (path, format, framesPerSecond)
    }

    /// Takes a step of the first episode.
    func note(_ row: PlayedRow) {
        guard row.firstEpisode == 0, row.isPlaying[0], frames.count < Self.frameLimit, let picture = row.picture(of: 0) else { return }
        frames.append(picture)
    }

    /// - Parameter seen: by the policy before and after the steps, beside what comes back: one more than there are steps; empty where
    ///   nothing comes back.
    /// - Returns: what was written.
    func write(_ seen: [ReconstructedObservation]) throws -> [String] {
        guard !frames.isEmpty else { throw CommandError("there is no step to record") }
        let pictures = frames.enumerated().map { step, frame in
            let picture = RasterPicture(frame, side: Self.side)
            return seen.isEmpty ? picture : picture.beside(seen[min(step + 1, seen.count - 1)].picture(side: Self.side))
        }
        // What is drawn of text may change its size.
        let (width, height) = (pictures.map(\.width).max() ?? 1, pictures.map(\.height).max() ?? 1)
        // Films want even sizes.
        let sized = pictures.map { $0.padded(width: width + width % 2, height: height + height % 2) }
        switch format {
        case .gif:
            let bytes = GIFFile.encoded(
                width: sized[0].width, height: sized[0].height, frames: sized.map(\.rgb), hundredths: max(2, 100 / framesPerSecond))
            return [try OutputFile.write(bytes, to: path)]
        case .png:
            let step = max(1, (sized.count + Self.stills - 1) / Self.stills)
            let sheet = RasterPicture.sheet(stride(from: 0, to: sized.count, by: step).map { sized[$0] }, columns: 6)
            return [try OutputFile.write(PNGFile.encoded(width: sheet.width, height: sheet.height, rgb: sheet.rgb), to: path)]
        case .mp4:
            try MoviePipe.write(sized, framesPerSecond: framesPerSecond, to: path)
            return [path]
        }
    }
}

/// ffmpeg, where it is installed.
enum MoviePipe {
    /// - Throws: what to do where it isn't there.
    static func program() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        guard let path = folders.map({ "\($0)/ffmpeg" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw CommandError(
                "a film (.mp4) is made by ffmpeg, which isn't here: apt-get install ffmpeg, or record a .gif, which needs nothing")
        }
        return path
    }

    static func write(_ frames: [RasterPicture], framesPerSecond: Int, to path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try program())
        process.arguments = [
            "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(frames[0].width)x\(frames[0].height)",
            "-framerate", "\(framesPerSecond)", "-i", "-", "-pix_fmt", "yuv420p", path,
        ]
        let input = Pipe()
        process.standardInput = input
        do { try process.run() } catch { throw CommandError("ffmpeg did not start: \(error.localizedDescription)") }
        for frame in frames { try? input.fileHandleForWriting.write(contentsOf: Data(frame.rgb)) }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CommandError("ffmpeg ended with status \(process.terminationStatus)") }
    }
}
