import StarlingTransport
import Testing

@Suite struct BlockPoolTests {
    @Test func whatAStallMadeItGrowByIsGivenBack() {
        let pool = BlockPool(capacity: 1 << 20)
        var held = (0..<1000).map { _ in pool.makeBlock(byteCount: 128) }
        held.removeAll()
        #expect(pool.freeCount == 1000)
        // Ten at a time are all that is used from now on.
        for _ in 0..<20_000 {
            held = (0..<10).map { _ in pool.makeBlock(byteCount: 128) }
            held.removeAll()
        }
        #expect((10...12).contains(pool.freeCount), "\(pool.freeCount)")
    }

    @Test func whatIsUsedIsKept() {
        let pool = BlockPool(capacity: 1 << 20)
        for _ in 0..<1000 {
            var held = (0..<100).map { _ in pool.makeBlock(byteCount: 128) }
            held.removeAll()
            #expect(pool.freeCount == 100)
        }
    }
}
