import StarlingThreads
import StarlingTransport
import Testing

@Suite("Connections that say nothing")
struct OpenConnectionsTests {
    private let start = Deadline(nanoseconds: 1_000_000_000)
    /// Beyond any descriptor that is open here: nothing is really cut.
    private let descriptors: ClosedRange<Int32> = 900_000_001...900_000_040

    @Test("Of more than a quarter of the descriptors the oldest are cut, and of the others those whose time is over")
    func silent() {
        var connections = OpenConnections(files: 128)
        for descriptor in descriptors { connections.open(descriptor, at: start) }
        #expect(connections.cutSilent(start) == 8)
        #expect(descriptors.filter { !connections.isSilent($0) } == Array(descriptors.prefix(8)))
        #expect(connections.cutSilent(start.advanced(seconds: 19)) == 0)
        #expect(connections.cutSilent(start.advanced(seconds: 21)) == 32)
    }

    @Test("As many may be under way as there may be sessions")
    func storm() {
        var connections = OpenConnections(files: 1 << 20)
        for number in 0..<10_010 as Range<Int32> { connections.open(900_000_000 + number, at: start) }
        #expect(connections.cutSilent(start) == 10)
    }
}
