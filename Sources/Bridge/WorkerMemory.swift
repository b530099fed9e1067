import CStarlingKernels
import Glibc
import StarlingExperience
import StarlingThreads

/// Memory that an actor and its worker both see, and where what lies in it.
final class WorkerMemory {
    let descriptor: Int32
    private(set) var base: UnsafeMutableRawPointer?
    private(set) var layout: Layout?

    init() throws(WorkerFault) {
        let made = starling_make_memory("starling-environments")
        guard made >= 0 else { throw .refused("no memory to share with a worker: \(String(cString: strerror(errno)))") }
        descriptor = ChildProgram.moved([made])[0]
        guard descriptor >= 0 else { throw .refused("no descriptor for a worker's memory: \(String(cString: strerror(errno)))") }
    }

    /// That of another process, which made it.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        if let base, let layout { munmap(base, layout.size) }
        close(descriptor)
    }

    /// Makes room, once.
    func map(_ layout: Layout) throws(WorkerFault) {
        guard self.layout == nil else { return }
        guard ftruncate(descriptor, layout.size) == 0,
            let base = mmap(nil, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw .refused("no \(layout.size) bytes to share with a worker: \(String(cString: strerror(errno)))") }
        (self.base, self.layout) = (base, layout)
    }

    /// Groups of `width` environments, one after the other, all parts at multiples of 64 bytes.
    struct Layout: Equatable {
        let width: Int
        let groups: [Group]
        let size: Int
        /// A byte: 1 while an episode begins, which may take longer than a step.
        static let phase = 0

        struct Group: Equatable {
            let want: Int  // [E] bytes: see `Want`
            let kinds: Int  // [E] bytes
            let rewards: Int  // [E] float32
            let seeds: Int  // [E] uint64, each of the episode that begins next
            let actions: Int  // [E] or [E, P] int32, or [E, K] float32
            let observations: Int  // [E, D]
            let measures: Int  // [E, M] float32, of the episode that ended last
            let costs: Int  // [E] float32, or nothing
            let masks: Int  // [E, A] bytes, or nothing
        }

        init(_ spec: EnvironmentSpec, groups count: Int, width: Int) {
            var end = 64
            func take(_ bytes: Int) -> Int {
                defer { end = (end + bytes + 63) / 64 * 64 }
                return end
            }
            self.width = width
            groups = (0..<count).map { _ in
                Group(
                    want: take(width), kinds: take(width), rewards: take(4 * width), seeds: take(8 * width),
                    actions: take(4 * width * spec.action.width), observations: take(width * spec.observation.byteCount),
                    measures: take(4 * width * spec.toldMeasures.count), costs: take(spec.tellsCost ? 4 * width : 0),
                    masks: take(spec.masksActions ? width * spec.action.parameterCount : 0))
            }
            size = (end + 4095) / 4096 * 4096
        }

        /// As the worker is told it.
        var json: String {
            let places = groups.map {
                """
                {"want": \($0.want), "kinds": \($0.kinds), "rewards": \($0.rewards), "seeds": \($0.seeds), "actions": \($0.actions), \
                "observations": \($0.observations), "measures": \($0.measures), "costs": \($0.costs), \
                "masks": \($0.masks)}
                """
            }
            return "{\"size\": \(size), \"phase\": \(Self.phase), \"width\": \(width), \"groups\": [\(places.joined(separator: ", "))]}"
        }
    }

    /// What is wanted of an environment in a step.
    enum Want: UInt8 {
        case step = 0
        case begin = 1
        case nothing = 2
    }
}
