import StarlingMonitoring
import Testing

@Suite struct FigureTests {
    private func figure(_ count: Int = 2) -> Figure {
        let curves = (0..<count).map { number in
            Figure.Curve(
                "seed \(number) & <more>",
                (0...50).map { step in
                    let y = Double(step) * Double(number + 1)
                    return Figure.Point(x: Double(step) * 1000, y: y, low: y - 5, high: y + 5)
                })
        }
        return Figure(title: "cartpole", xLabel: "frames", yLabel: "return", curves: curves)
    }

    @Test(arguments: [20, 40, 80, 100], [true, false])
    func everyTerminalIsWideEnough(width: Int, unicode: Bool) {
        let lines = figure().lines(width: width, unicode: unicode)
        #expect(lines.allSatisfy { $0.width <= width })
        if !unicode { #expect(lines.allSatisfy { $0.rendered(colored: false, unicode: false).allSatisfy(\.isASCII) }) }
        #expect(lines.contains { $0.rendered(colored: false).contains("seed 1") })
    }

    @Test func axesTellTheirEnds() {
        let lines = figure().lines(width: 80).map { $0.rendered(colored: false) }
        let text = lines.joined(separator: "\n")
        for label in ["100", "50", "40k", "frames", "return"] { #expect(text.contains(label), "\(label)") }
        // The steeper curve ends at the top, the other half-way.
        #expect(lines[1].last != " " || lines[2].last != " ")
    }

    @Test func aCurveOfOnePointOrNoneIsDrawn() {
        let point = Figure.Point(x: 1, y: 2, low: 2, high: 2)
        for points in [[point], []] {
            let figure = Figure(title: "", xLabel: "x", yLabel: "y", curves: [.init("a", points)])
            #expect(figure.lines(width: 40).count > 10)
            #expect(figure.svg().hasSuffix("</svg>\n"))
            #expect(figure.raster().rgb.count == 3 * 1600 * 960)
        }
    }

    @Test func theSVGHoldsEveryPoint() {
        let svg = figure().svg()
        let lines = svg.split(separator: "\n").filter { $0.hasPrefix("<polyline") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.split(separator: "\"")[1].split(separator: " ").count == 51 })
        #expect(svg.contains("seed 0 &amp; &lt;more&gt;") && !svg.contains("<more>"))
        #expect(svg.split(separator: "\n").filter { $0.hasPrefix("<polygon") }.count == 2)
    }

    @Test func thePictureHasCurvesBandsAndWords() {
        let picture = figure(1).raster()
        var colours: [UInt32: Int] = [:]
        for pixel in 0..<picture.width * picture.height {
            let rgb = picture.rgb[3 * pixel..<3 * pixel + 3].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            colours[rgb, default: 0] += 1
        }
        #expect(colours[0xFFFFFF, default: 0] > picture.width * picture.height / 2)
        // The curve's own, its band's on white, the ink of words.
        #expect(colours[0x0072B2, default: 0] > 2000 && colours[0xD1E6F1, default: 0] > 2000 && colours[0x222222, default: 0] > 500)
    }
}
