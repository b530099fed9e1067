import Glibc
public import StarlingEnvironments

/// A task for tests of the system: it costs no computing, because a step is a sleep, and yet it can be learned.
///
/// The observation shows one of four signs: the quarter of it that is 1. To take the action of that number is worth 1. An
/// episode has 20 steps. A step ends so long after the one before, on the monotonic clock, as the entry's name says; after
/// a pause the clock starts anew.
public struct Doze<Scalar: ObservationScalar & ExpressibleByIntegerLiteral>: Environment {
    public let observationShape: [Int]
    public var action: ActionSpec { .discrete(4) }
    private let periodNanoseconds: Int
    private var next = 0
    private var sign = 0
    private var step = 0
    private var generator = SeededGenerator(seed: 0)

    /// - Parameter shape: of the observation; its size is a multiple of 4.
    public init(milliseconds: Int, shape: [Int]) {
        periodNanoseconds = milliseconds * 1_000_000
        observationShape = shape
    }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Scalar>) {
        generator = SeededGenerator(seed: seed)
        step = 0
        show(&observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Scalar>) -> StepResult {
        sleep()
        let reward: Float = action == sign ? 1 : 0
        step += 1
        show(&observation)
        return StepResult(reward: reward, ending: step == 20 ? .terminated : .none)
    }

    private mutating func show(_ observation: inout MutableSpan<Scalar>) {
        sign = Int.random(in: 0..<4, using: &generator)
        let size = observation.count / 4
        for index in observation.indices { observation[index] = index / size == sign ? 1 : 0 }
    }

    private mutating func sleep() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let nanoseconds = now.tv_sec * 1_000_000_000 + now.tv_nsec
        next = nanoseconds > next + 4 * periodNanoseconds ? nanoseconds + periodNanoseconds : next + periodNanoseconds
        // A relative sleep: faketime has absolute ones end at once.
        let rest = max(0, next - nanoseconds)
        var time = timespec(tv_sec: rest / 1_000_000_000, tv_nsec: rest % 1_000_000_000)
        nanosleep(&time, nil)
    }
}

extension EnvironmentRegistry {
    /// `Doze-5ms` and others, and `Doze-20ms-image` of World Models' size, beside those that are built in.
    public static let light =
        builtIn
        + EnvironmentRegistry(
            [1, 2, 5, 10, 20, 50].map { period in
                .init("Doze-\(period)ms", summary: "Sleep; tell four signs apart.") { Doze<Float>(milliseconds: period, shape: [4]) }
            })
        + [
            .init("Doze-20ms-image", summary: "The same with images of 3 × 64 × 64.") {
                Doze<UInt8>(milliseconds: 20, shape: [3, 64, 64])
            }
        ]
}
