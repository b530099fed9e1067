import CStarlingKernels
import Foundation

/// A file of TensorBoard's events, which only grows. Each record is the length of its content, a checksum of that, the content and a
/// checksum of it, little-endian; the checksum is CRC-32C, turned by 15 bits and shifted so that one of a checksum is no constant
/// (TensorFlow, `tsl/lib/io/record_writer.h`).
final class EventFile {
    let path: String
    private let descriptor: Int32

    /// - Throws: why there can be no such file.
    init(_ path: String) throws(EventFileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw EventFileError(path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Appends a record with one write.
    func append(_ event: WireMessage) throws(EventFileError) {
        let record = Self.record(event.bytes)
        let written = record.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        // A disk that fills takes a part, and no error tells why.
        guard written == record.count else { throw EventFileError(path, code: written < 0 ? errno : ENOSPC) }
    }

    static func record(_ content: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(content.count).littleEndian) { Array($0) }
        return length + checksum(length) + content + checksum(content)
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        let crc = bytes.withUnsafeBytes { starling_crc32c(0, $0.baseAddress, $0.count) }
        let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
        return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
    }
}

/// Why an event can't be written, as a sentence without its end.
struct EventFileError: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, code: Int32) { description = "can't write \(path): \(String(cString: strerror(code)))" }
}
