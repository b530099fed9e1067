import CStarlingKernels

/// Named threads that do one thing together: the calling thread is worker 0, the others wait for it between runs,
/// looking for a bounded time and then asleep. A run allocates nothing.
///
/// `@unchecked Sendable`: the shared words are atomic; the body and its context are written before the generation that
/// publishes them. Runs must not overlap: a team belongs to the thread that runs it.
public final class WorkerTeam: @unchecked Sendable {
    /// What each worker calls: the context and its own number.
    public typealias Body = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

    /// Workers, the calling thread included.
    public let count: Int
    private let shared: UnsafeMutablePointer<Shared>
    private var threads: [NamedThread] = []

    /// - Parameter spins: how often to look before sleeping, about 20 ns each. The default is about 20 µs: longer than the
    ///   gaps within a step, shorter than a time slice.
    public init(count: Int, name: String = "compute", spins: UInt32 = 1000) {
        precondition(count > 0 && count <= 1024, "a team has 1 to 1024 workers, not \(count)")
        self.count = count
        shared = .allocate(capacity: 1)
        shared.initialize(to: Shared(workers: UInt32(count), spins: spins))
        let shared = Reference(pointer: shared)
        threads = (1..<count).map { worker in
            NamedThread("\(name)-\(worker)") { Self.serve(shared.pointer, worker) }
        }
    }

    deinit {
        shared.pointee.isStopping = true
        starling_signal_advance(shared.pointee.start)
        for thread in threads { thread.join() }
        shared.pointee.free()
        shared.deallocate()
    }

    /// Runs the body on every worker and returns when all have finished.
    public func run(_ context: UnsafeMutableRawPointer, _ body: Body) {
        guard count > 1 else { return body(context, 0) }
        shared.pointee.body = body
        shared.pointee.context = context
        starling_signal_advance(shared.pointee.start)
        body(context, 0)
        Self.meet(shared)
    }

    /// Inside a run: returns when every worker has called it. Each must call it equally often.
    public func wait() {
        if count > 1 { Self.meet(shared) }
    }

    private static func serve(_ shared: UnsafeMutablePointer<Shared>, _ worker: Int) {
        var seen: UInt32 = 0
        while true {
            starling_signal_wait(shared.pointee.start, seen, shared.pointee.spins, 0)
            if shared.pointee.isStopping { return }
            seen &+= 1
            shared.pointee.body?(shared.pointee.context!, worker)
            meet(shared)
        }
    }

    /// A barrier: the last to come lets the others go.
    private static func meet(_ shared: UnsafeMutablePointer<Shared>) {
        let round = starling_signal_value(shared.pointee.round)
        if starling_count_up(shared.pointee.arrived) == shared.pointee.workers {
            starling_count_reset(shared.pointee.arrived)
            starling_signal_advance(shared.pointee.round)
        } else {
            starling_signal_wait(shared.pointee.round, round, shared.pointee.spins, 0)
        }
    }

    /// Everything that crosses threads. The words that threads write have cache lines of their own.
    private struct Shared {
        let workers: UInt32
        let spins: UInt32
        let start: UnsafeMutablePointer<starling_signal>
        let round: UnsafeMutablePointer<starling_signal>
        let arrived: UnsafeMutablePointer<UInt32>
        var isStopping = false
        var body: Body?
        var context: UnsafeMutableRawPointer?

        init(workers: UInt32, spins: UInt32) {
            self.workers = workers
            self.spins = spins
            let lines = UnsafeMutableRawPointer.allocate(byteCount: 192, alignment: 64)
            start = lines.bindMemory(to: starling_signal.self, capacity: 1)
            round = (lines + 64).bindMemory(to: starling_signal.self, capacity: 1)
            arrived = (lines + 128).bindMemory(to: UInt32.self, capacity: 1)
            start.initialize(to: starling_signal())
            round.initialize(to: starling_signal())
            arrived.initialize(to: 0)
        }

        func free() { UnsafeMutableRawPointer(start).deallocate() }
    }

    /// `@unchecked Sendable`: the pointee outlives the threads, which are joined before it is freed.
    private struct Reference: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<Shared>
    }
}
