import StarlingMonitoring
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            (0, "0"), (0.0213, "0.0213"), (0.58, "0.580"), (9.995, "9.99"), (12.34, "12.3"), (487.26, "487"), (15_023, "15023"),
            (-0.0123, "-0.0123"), (1e-5, "1.00e-5"), (-2.5e7, "-2.50e7"), (.nan, "NaN"), (-.infinity, "-inf"), (0.001, "0.00100"),
            (1e300, "1.00e300"), (9.999e-5, "1.00e-4"), (Double.leastNonzeroMagnitude, "4.94e-324"),
        ] as [(Double, String)])
    func significantDigits(number: Double, text: String) { #expect(Quantity.significant(number) == text) }

    @Test func otherForms() {
        #expect(
            [0, 7, 999, 1000, 152_320, 12_345_678].map { Quantity.grouped($0) }
                == ["0", "7", "999", "1,000", "152,320", "12,345,678"])
        #expect(Quantity.grouped(UInt64.max) == "18,446,744,073,709,551,615")
        #expect(Quantity.grouped(-1234) == "-1,234")
        #expect(
            [999, 1000, 15_200, 500_000, 1_250_000, .max].map { Quantity.short($0) }
                == ["999", "1k", "15.2k", "500k", "1.25M", "1.84e7T"])
        #expect(
            [0, 42.9, 62, 3723, -1, .nan].map { Quantity.duration($0) }
                == ["0:00", "0:42", "1:02", "1:02:03", "0:00", "never"])
        #expect(
            [487.26, -500, 0, -0.04, 0.912, 9.876, 15_023].map { Quantity.meanReturn($0) }
                == ["487.3", "-500.0", "0.0", "-0.040", "0.912", "9.88", "15023"])
        #expect(Quantity.meanReturn(0.9123, deviation: 0.1034) == "0.912 ± 0.103")
        #expect(Quantity.meanReturn(500, deviation: 0) == "500.0 ± 0.0" && Quantity.meanReturn(-0.02, deviation: 35) == "0.0 ± 35.0")
        #expect([475, 2, 0.5, 19.6].map { Quantity.trimmed($0) } == ["475", "2", "0.5", "19.6"])
    }
}
