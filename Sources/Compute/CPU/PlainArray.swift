/// A fixed array of plain values: reading one is one load, without reference counting or bounds checks in hot loops.
final class PlainArray<Element: BitwiseCopyable> {
    let base: UnsafePointer<Element>
    let count: Int

    init(_ elements: [Element]) {
        let storage = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        storage.initialize(from: elements, count: elements.count)
        base = UnsafePointer(storage)
        count = elements.count
    }

    deinit { UnsafeMutablePointer(mutating: base).deallocate() }
}
