import Foundation
import StarlingEnvironments
import StarlingRecording
import Testing

@Suite struct MIDITests {
    /// Byte by byte as the standard says it: c' for a quarter, a rest of a sixteenth, e' for half a bar.
    @Test func aFileIsAsTheStandardSaysIt() {
        let notes = [MelodyNote(pitch: 60, start: 0, length: 4), MelodyNote(pitch: 64, start: 5, length: 8)]
        let track: [UInt8] =
            [0x00, 0xFF, 0x51, 0x03, 0x07, 0xA1, 0x20]  // 500,000 µs a quarter
            + [0x00, 0xFF, 0x58, 0x04, 0x04, 0x02, 0x18, 0x08] + [0x00, 0xC0, 0x05]
            + [0x00, 0x90, 60, 88] + [0x60, 0x80, 60, 64]
            // 192 ticks are 0x81 0x40.
            + [0x18, 0x90, 64, 88] + [0x81, 0x40, 0x80, 64, 64] + [0x48, 0xFF, 0x2F, 0x00]
        let header: [UInt8] = [0x4D, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96]
        let expected = header + [0x4D, 0x54, 0x72, 0x6B, 0, 0, 0, UInt8(track.count)] + track
        #expect(MIDIFile.encoded(notes, length: 16, beatsPerMinute: 120, program: 5) == expected)
    }

    @Test func aRepeatedNoteEndsBeforeItBeginsAgain() {
        let notes = [MelodyNote(pitch: 60, start: 0, length: 2), MelodyNote(pitch: 60, start: 2, length: 2)]
        let bytes = MIDIFile.encoded(notes, length: 4)
        #expect(bytes.suffix(20) == [0, 0x90, 60, 88, 48, 0x80, 60, 64, 0, 0x90, 60, 88, 48, 0x80, 60, 64, 0, 0xFF, 0x2F, 0])
    }

    @Test func whatIsWrittenIsHeardUntilItEnds() {
        let tokens: [UInt8] = [1, 14, 1, 1, 0, 1, 16, 17, 1]
        #expect(
            Composition(tokens).notes == [
                MelodyNote(pitch: 60, start: 1, length: 3), MelodyNote(pitch: 62, start: 6, length: 1),
                MelodyNote(pitch: 63, start: 7, length: 2),
            ])
    }
}

@Suite struct PNGTests {
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Python's own zlib reads it: sizes, checksums, and every pixel.
    @Test(
        .enabled(if: Self.python != nil, "there is no python3 to read it back"),
        arguments: [(1, 1, 1), (7, 5, 1), (64, 36, 8), (300, 3, 2)])
    func anotherReaderSeesThePixels(width: Int, height: Int, scale: Int) throws {
        var random = SeededGenerator(seed: UInt64(width))
        // Plain ground with some dots of chance, so that there are bytes that repeat and bytes that don't.
        let rgb = (0..<3 * width * height).map { _ in random.below(5) == 0 ? UInt8(random.below(256)) : 240 }
        let path = NSTemporaryDirectory() + "starling-png-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(PNGFile.encoded(width: width, height: height, rgb: rgb, scale: scale)).write(to: URL(filePath: path))
        let reader = """
            import sys, struct, zlib
            data = open(sys.argv[1], 'rb').read()
            assert data[:8] == bytes([137]) + b'PNG' + bytes([13, 10, 26, 10])
            place, pixels = 8, b''
            while place < len(data):
                size, = struct.unpack('>I', data[place:place + 4])
                body = data[place + 4:place + 8 + size]
                assert zlib.crc32(body) == struct.unpack('>I', data[place + 8 + size:place + 12 + size])[0]
                if body[:4] == b'IHDR': width, height, *rest = struct.unpack('>IIBBBBB', body[4:])
                if body[:4] == b'IDAT': pixels += body[4:]
                place += 12 + size
            assert rest == [8, 2, 0, 0, 0] and body == b'IEND'
            rows = zlib.decompress(pixels)
            assert len(rows) == height * (3 * width + 1)
            print(width, height)
            for row in range(height):
                line = rows[row * (3 * width + 1):(row + 1) * (3 * width + 1)]
                assert line[0] == 0
                print(line[1:].hex())
            """
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: Self.python!)
        process.arguments = ["-c", reader, path]
        process.standardOutput = output
        try process.run()
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let expected = (0..<height * scale).map { row in
            (0..<width * scale).map { column in
                let place = 3 * (row / scale * width + column / scale)
                return rgb[place..<place + 3].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }.joined()
        }
        #expect(told.map(String.init) == ["\(width * scale) \(height * scale)"] + expected)
    }

    @Test func pixelsAreHalfBlocksOfATerminal() {
        let picture = Picture.pixels(width: 1, height: 3, rgb: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(
            picture.terminalLines(colored: true) == [
                "\u{1B}[38;2;1;2;3;48;2;4;5;6m▀\u{1B}[0m", "\u{1B}[38;2;7;8;9;48;5;0m▀\u{1B}[0m",
            ])
        #expect(Picture.text(["ab"]).terminalLines(colored: true) == ["ab"])
    }

    @Test func pixelsAreLettersWhereThereAreNoColours() {
        let picture = Picture.pixels(width: 2, height: 3, rgb: [0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0])
        #expect(picture.terminalLines(colored: false) == [" @", "@ "])
    }

    @Test func picturesFitIntoATerminal() {
        let wide = Picture.pixels(width: 4, height: 2, rgb: [0, 0, 0, 4, 4, 4, 9, 9, 9, 9, 9, 9, 0, 0, 0, 4, 4, 4, 9, 9, 9, 9, 9, 9])
        #expect(wide.fitted(columns: 2, lines: 9) == .pixels(width: 2, height: 1, rgb: [2, 2, 2, 9, 9, 9]))
        #expect(wide.fitted(columns: 4, lines: 1) == wide)
        #expect(Picture.text(["abc", "def"]).fitted(columns: 2, lines: 1) == .text(["ab"]))
        for (width, height) in [(600, 400), (160, 210), (84, 84), (3, 500), (1000, 2)] {
            let picture = Picture.pixels(width: width, height: height, rgb: [UInt8](repeating: 7, count: 3 * width * height))
            guard case .pixels(let columns, let rows, let rgb) = picture.fitted(columns: 80, lines: 22) else { continue }
            #expect(columns <= 80 && rows <= 44 && rgb.count == 3 * columns * rows && rgb.allSatisfy { $0 == 7 }, "\(width) × \(height)")
        }
    }
}

@Suite struct GIFTests {
    /// Reads a file as the specification says it: sizes, colours, codes.
    private struct Reader {
        private(set) var width = 0
        private(set) var height = 0
        /// Three bytes a pixel.
        private(set) var frames: [[UInt8]] = []
        private(set) var delays: [Int] = []

        init(_ bytes: [UInt8]) throws {
            try #require(String(decoding: bytes[..<6], as: UTF8.self) == "GIF89a" && bytes.last == 0x3B)
            func word(_ place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }
            (width, height) = (word(6), word(8))
            let colours = Array(bytes[13..<13 + 768])
            var place = 13 + 768
            while bytes[place] != 0x3B {
                if bytes[place] == 0x21 {
                    if bytes[place + 1] == 0xF9 { delays.append(word(place + 4)) }
                    place += 2
                } else {
                    try #require(bytes[place] == 0x2C && word(place + 5) == width && word(place + 7) == height)
                    try #require(bytes[place + 10] == 8)
                    place += 11
                }
                var data: [UInt8] = []
                let isImage = bytes[place - 1] == 8 && bytes[place - 11] == 0x2C
                while bytes[place] != 0 {
                    data += bytes[place + 1...place + Int(bytes[place])]
                    place += Int(bytes[place]) + 1
                }
                place += 1
                if isImage { frames.append(Self.decoded(data).flatMap { colours[3 * Int($0)..<3 * Int($0) + 3] }) }
            }
        }

        private static func decoded(_ data: [UInt8]) -> [UInt8] {
            var (strings, width, bit) = ([[UInt8]](), 9, 0)
            func reset() -> [[UInt8]] { (0..<258).map { $0 < 256 ? [UInt8($0)] : [] } }
            strings = reset()
            var (pixels, before): ([UInt8], [UInt8]?) = ([], nil)
            while bit + width <= 8 * data.count {
                var code = 0
                for place in 0..<width where data[(bit + place) / 8] >> ((bit + place) % 8) & 1 == 1 { code |= 1 << place }
                bit += width
                if code == 257 { break }
                if code == 256 {
                    (strings, width, before) = (reset(), 9, nil)
                    continue
                }
                let string = code < strings.count ? strings[code] : before! + [before![0]]
                pixels += string
                if let before, strings.count < 4096 { strings.append(before + [string[0]]) }
                if strings.count == 1 << width, width < 12 { width += 1 }
                before = string
            }
            return pixels
        }
    }

    /// Few colours stay as they are, over more codes than a table holds.
    @Test(arguments: [(1, 1, 2), (37, 23, 4), (300, 200, 200)])
    func anotherReaderSeesThePixels(width: Int, height: Int, colours: Int) throws {
        var random = SeededGenerator(seed: UInt64(width))
        let palette = (0..<colours).map { _ in (0..<3).map { _ in UInt8(random.below(256)) } }
        let frames = (0..<3).map { _ in (0..<width * height).flatMap { _ in palette[random.below(colours)] } }
        let read = try Reader(GIFFile.encoded(width: width, height: height, frames: frames, hundredths: 7))
        #expect(read.width == width && read.height == height && read.delays == [7, 7, 7] && read.frames == frames)
    }

    @Test func manyColoursAreRounded() throws {
        var frame: [UInt8] = []
        for pixel in 0..<64 * 64 { frame += [UInt8(pixel % 64 * 4), UInt8(pixel / 64 * 4), UInt8(pixel % 256)] }
        let read = try Reader(GIFFile.encoded(width: 64, height: 64, frames: [frame], hundredths: 2))
        for (value, old) in zip(read.frames[0], frame) { #expect(abs(Int(value) - Int(old)) <= 43) }
    }
}

@Suite struct PlanePictureTests {
    @Test func onePlaneIsGreyAndThreeAreColours() {
        #expect(PlanePicture.rgb([0, 1, 0.5, 2], shape: [1, 2, 2]) == [0, 0, 0, 255, 255, 255, 128, 128, 128, 255, 255, 255])
        #expect(PlanePicture.rgb([1, 0, 0.5], shape: [3, 1, 1]) == [255, 0, 128])
    }

    @Test func ofOtherPlanesTheBrightestShows() {
        let pixels = PlanePicture.rgb([0, 1, 1, 0], shape: [2, 1, 2])
        #expect(pixels.prefix(3) != pixels.suffix(3) && pixels.suffix(3) == [255, 255, 255] && pixels[0] == 255)
    }
}
