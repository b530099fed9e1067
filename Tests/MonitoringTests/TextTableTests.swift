import StarlingMonitoring
import Testing

@Suite struct TextTableTests {
    private func table(_ columns: Int) -> TextTable {
        var table = TextTable([.init("actor", .leading)] + (1..<columns).map { .init("column \($0)") })
        table.append(["a"] + (1..<columns).map { "\($0)" })
        table.append(["a longer name"] + (1..<columns).map { "\($0 * 1000)" })
        return table
    }

    @Test func columnsStandSideBySide() {
        #expect(
            table(3).lines(width: 80) == [
                "actor          column 1  column 2", "a                     1         2", "a longer name      1000      2000",
            ])
    }

    @Test(arguments: [40, 60, 80])
    func whatIsTooWideIsToldInBlocksThatFit(width: Int) {
        let lines = table(12).lines(width: width)
        #expect(lines.allSatisfy { $0.count <= width })
        // Every block begins with the names, and no column is missing or there twice.
        let heads = lines.filter { $0.hasPrefix("actor") }
        #expect(heads.count > 1 && lines.count == 4 * heads.count - 1)
        let titles = heads.flatMap { $0.split(separator: "  ").dropFirst().map { $0.drop { $0 == " " } } }
        #expect(titles == (1..<12).map { "column \($0)" })
    }

    /// A name without end makes no table without end.
    @Test func aCellMayBeWiderThanAll() {
        var table = TextTable([.init("name", .leading), .init("a"), .init("b")])
        table.append([String(repeating: "x", count: 50), "1", "2"])
        #expect(table.lines(width: 20).count == 5)
    }
}
