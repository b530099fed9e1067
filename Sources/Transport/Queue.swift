/// First in, first out, in an array that is used in a ring: no allocation once it has grown.
struct Queue<Element> {
    private var slots: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : slots[head] }

    /// The element `offset` places behind the first.
    subscript(offset: Int) -> Element {
        // Lent in place: elements may be large.
        _read {
            precondition(offset >= 0 && offset < count, "a queue of \(count) has no element \(offset)")
            yield slots[(head + offset) % slots.count]!
        }
        _modify {
            precondition(offset >= 0 && offset < count, "a queue of \(count) has no element \(offset)")
            yield &slots[(head + offset) % slots.count]!
        }
    }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[(head + count) % slots.count] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head].take()
        head = (head + 1) % slots.count
        count -= 1
        return element
    }

    mutating func removeAll() { while popFirst() != nil {} }

    private mutating func grow() {
        var larger: [Element?] = []
        larger.reserveCapacity(max(16, 2 * slots.count))
        for offset in 0..<count { larger.append(slots[(head + offset) % slots.count]) }
        while larger.count < max(16, 2 * slots.count) { larger.append(nil) }
        (slots, head) = (larger, 0)
    }
}
