import StarlingLatentQuality
import Testing

@Suite struct TwoSampleTests {
    @Test(arguments: [(1, 4096), (4, 4096), (16, 4096), (16, 1000), (64, 2000)])
    func cantTellTwoSamplesOfOneDistributionApart(width: Int, rows: Int) throws {
        let (a, b) = (gaussians(rows * width, seed: 1), gaussians(rows * width, seed: 2))
        let area = try #require(try TwoSampleTest.areaUnderCurve(Matrix(columns: width, a), Matrix(columns: width, b), seed: 3))
        #expect(abs(area - 0.5) < 0.06, "\(area)")
    }

    @Test(arguments: [1, 4, 16]) func tellsAShiftApart(width: Int) throws {
        let (a, b) = (gaussians(2000 * width, seed: 1), gaussians(2000 * width, seed: 2).map { $0 + 3 })
        let area = try #require(try TwoSampleTest.areaUnderCurve(Matrix(columns: width, a), Matrix(columns: width, b), seed: 3))
        #expect(area > 0.95, "\(area)")
    }

    /// Nothing linear tells these apart: mean and variance of every column are the same.
    @Test func tellsACorrelationApart() throws {
        let (a, free) = (gaussians(8000, seed: 1), gaussians(8000, seed: 2))
        let tied = free.indices.map { $0 % 2 == 0 ? free[$0] : free[$0 - 1] }
        let area = try #require(try TwoSampleTest.areaUnderCurve(Matrix(columns: 2, a), Matrix(columns: 2, tied), seed: 3))
        #expect(area > 0.85, "\(area)")
    }

    /// 84 × 84 pixels, of which some are looked at, within seconds.
    @Test func tellsImagesApartInBoundedTime() throws {
        let (width, rows) = (7056, 600)
        let a = Matrix(columns: width, gaussians(rows * width, seed: 1))
        let b = Matrix(columns: width, gaussians(rows * width, seed: 2).map { $0 + 1 })
        let clock = ContinuousClock()
        var area: Double?
        let time = try clock.measure { area = try TwoSampleTest.areaUnderCurve(a, b, seed: 3) }
        #expect(try #require(area) > 0.95)
        #expect(time < .seconds(10), "\(time); 5 s where nothing else runs")
    }

    @Test func isTheSameForASeedAlone() throws {
        let (a, b) = (Matrix(columns: 3, gaussians(600, seed: 1)), Matrix(columns: 3, gaussians(900, seed: 2)))
        let areas = try [5, 5, 6].map { try TwoSampleTest.areaUnderCurve(a, b, seed: $0) }
        #expect(areas[0] == areas[1] && areas[0] != areas[2])
    }

    @Test func saysNothingOfAFewRows() throws {
        let a = Matrix(columns: 1, gaussians(TwoSampleTest.fewestRows - 1, seed: 1))
        #expect(try TwoSampleTest.areaUnderCurve(a, Matrix(columns: 1, gaussians(100, seed: 2)), seed: 3) == nil)
    }

    @Test func constantNumbersAreNoDifference() throws {
        let a = Matrix(columns: 2, gaussians(400, seed: 1).flatMap { [$0, 7] })
        let b = Matrix(columns: 2, gaussians(400, seed: 2).flatMap { [$0, 7] })
        let area = try #require(try TwoSampleTest.areaUnderCurve(a, b, seed: 3))
        #expect(abs(area - 0.5) < 0.1, "\(area)")
    }
}
