import StarlingThreads
import Testing

@Suite struct CoresTests {
    @Test("Files of the kernel are read")
    func line() {
        #expect(SmallFile.line(of: "/proc/self/status").hasPrefix("Name:"))
        #expect(SmallFile.line(of: "/nonexistent").isEmpty)
    }

    @Test("A container's share of time is so many cores, rounded up")
    func quota() {
        #expect(Cores.quota("max 100000\n") == nil)
        #expect(Cores.quota("200000 100000\n") == 2)
        #expect(Cores.quota("150000 100000") == 2)
        #expect(Cores.quota("10000 100000") == 1)
        #expect(Cores.quota("") == nil && Cores.quota("nonsense here") == nil && Cores.quota("0 0") == nil)
        #expect(Cores.count >= 1)
    }
}
