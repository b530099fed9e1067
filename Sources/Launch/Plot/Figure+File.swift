import ArgumentParser
import StarlingMonitoring
import StarlingRecording

extension Figure {
    /// - Throws: where a name says of neither kind of picture that it is one.
    static func check(_ path: String) throws {
        guard path.hasSuffix(".svg") || path.hasSuffix(".png") else {
            throw ValidationError("--out takes FILE.svg or FILE.png, not \(path).")
        }
    }

    /// Writes it as its name says.
    /// - Returns: a line about the file.
    func write(to path: String) throws -> String {
        if path.hasSuffix(".svg") { return try OutputFile.write(Array(svg().utf8), to: path) }
        let picture = raster()
        return try OutputFile.write(PNGFile.encoded(width: picture.width, height: picture.height, rgb: picture.rgb), to: path)
    }
}
