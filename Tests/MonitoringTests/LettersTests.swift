import StarlingMonitoring
import Testing

@Suite struct LettersTests {
    /// What environments draw themselves of.
    @Test func whatIsDrawnOfTextHasLetters() {
        let frame = Letters.rows(of: "\u{0}")
        for letter in "|/\\-#@*+.o=x!:&█▀▄" { #expect(Letters.rows(of: letter) != frame, "\(letter)") }
        #expect(Letters.rows(of: "\\") == Letters.rows(of: "/").reversed())
        #expect(zip(Letters.rows(of: "▀"), Letters.rows(of: "▄")).map { $0 | $1 } == Letters.rows(of: "█"))
    }
}
