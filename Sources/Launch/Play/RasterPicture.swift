import StarlingEnvironments
import StarlingMonitoring

/// A picture in pixels, whatever it was drawn of.
struct RasterPicture {
    let width: Int
    let height: Int
    /// Three bytes a pixel, rows from the top.
    private(set) var rgb: [UInt8]

    private static let ground: UInt8 = 24
    private static let gap = 8

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        rgb = [UInt8](repeating: Self.ground, count: 3 * width * height)
    }

    /// - Parameter side: of a small picture's longer side, about; a large one stays as it is, and so do letters.
    init(_ picture: Picture, side: Int) {
        switch picture {
        case .pixels(let width, let height, let pixels): self = Self(width, height, pixels, scale: max(1, side / max(width, height)))
        case .text(let lines):
            let scale = 2
            let columns = lines.map(\.count).max() ?? 1
            self.init(width: (columns + 2) * Letters.step * scale, height: (lines.count + 2) * (Letters.height + 2) * scale)
            for (row, line) in lines.enumerated() { write(line, column: 1, row: row + 1, scale) }
        }
    }

    init(_ width: Int, _ height: Int, _ pixels: [UInt8], scale: Int) {
        self.init(width: width * scale, height: height * scale)
        for y in 0..<height * scale {
            for x in 0..<width * scale {
                let source = 3 * (y / scale * width + x / scale)
                set(x, y, (pixels[source], pixels[source + 1], pixels[source + 2]))
            }
        }
    }

    mutating func set(_ x: Int, _ y: Int, _ colour: (UInt8, UInt8, UInt8)) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = 3 * (y * width + x)
        (rgb[place], rgb[place + 1], rgb[place + 2]) = colour
    }

    /// A line of letters at a place counted in letters.
    mutating func write(_ line: String, column: Int, row: Int, _ scale: Int) {
        for (number, letter) in line.enumerated() {
            for (y, bits) in Letters.rows(of: letter).enumerated() {
                for x in 0..<Letters.width where bits >> (Letters.width - 1 - x) & 1 == 1 {
                    for pixel in 0..<scale * scale {
                        set(
                            ((column + number) * Letters.step + x) * scale + pixel % scale,
                            (row * (Letters.height + 2) + y) * scale + pixel / scale, (235, 235, 235))
                    }
                }
            }
        }
    }

    private mutating func put(_ picture: RasterPicture, x: Int, y: Int) {
        for row in 0..<picture.height {
            let target = 3 * ((y + row) * width + x)
            rgb.replaceSubrange(
                target..<target + 3 * picture.width, with: picture.rgb[3 * picture.width * row..<3 * picture.width * (row + 1)])
        }
    }

    /// Both, one on the left of the other.
    func beside(_ other: RasterPicture) -> RasterPicture {
        var both = RasterPicture(width: width + Self.gap + other.width, height: max(height, other.height))
        both.put(self, x: 0, y: (both.height - height) / 2)
        both.put(other, x: width + Self.gap, y: (both.height - other.height) / 2)
        return both
    }

    /// On ground of this size.
    func padded(width: Int, height: Int) -> RasterPicture {
        var padded = RasterPicture(width: width, height: height)
        padded.put(self, x: 0, y: 0)
        return padded
    }

    /// Pictures of one size in rows.
    static func sheet(_ pictures: [RasterPicture], columns: Int) -> RasterPicture {
        let (columns, rows) = (min(columns, pictures.count), (pictures.count + columns - 1) / columns)
        let (width, height) = (pictures[0].width + gap, pictures[0].height + gap)
        var sheet = RasterPicture(width: columns * width + gap, height: rows * height + gap)
        for (number, picture) in pictures.enumerated() {
            sheet.put(picture, x: gap + number % columns * width, y: gap + number / columns * height)
        }
        return sheet
    }
}
