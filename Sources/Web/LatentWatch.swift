import Glibc
import StarlingCompute
package import StarlingLatentPolicy
import StarlingLatentQuality
import StarlingLearning
import StarlingThreads
import Synchronization

/// Views of the latent for who looks on, made beside the training on a thread of their own, which is a nice one.
package final class LatentWatch: Sendable {
    private let inbox = Mailbox<LatentCapture>(capacity: 1)
    private let shared = Mutex(State())
    private let thread = Mutex<NamedThread?>(nil)

    /// Observations of a view.
    package static let rows = 256
    /// Seconds between two views, and the part of its time that the thread may compute.
    private static let (seconds, share) = (4.0, 0.1)
    /// Bytes of the views that are kept: they grow fewer towards the past.
    private static let byteLimit = 8 << 20

    private struct State: Sendable {
        var views: [Kept] = []
        var nextView = Deadline.now
        var count = 0
    }

    private struct Kept: Sendable {
        let number: Int
        let frames: UInt64
        let json: [UInt8]
    }

    /// - Parameters:
    ///   - showsValues: whether the algorithm trains V.
    ///   - told: gets an event when there is another view.
    package init(_ policy: LatentPolicy, showsValues: Bool, told: @escaping @Sendable ([UInt8]) -> Void) {
        let thread = NamedThread("latents") { [self] in
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, 15)
            // Plans are made when somebody looks.
            var viewer: LatentSceneMaker?
            let parameters = ParameterBank(policy.layout)
            while let capture = inbox.take(before: Deadline(nanoseconds: .max)) {
                let start = Deadline.now
                if viewer == nil { viewer = try? LatentSceneMaker(policy, rows: Self.rows, showsValues: showsValues) }
                capture.parameters.withUnsafeBufferPointer { values in
                    parameters.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: values.prefix($0.count)) }
                }
                // Parameters that give no numbers have no picture.
                let view = capture.observations.withUnsafeBytes { try? viewer?.view(parameters: parameters, observations: $0) }
                guard let view else { continue }
                keep(view.json(frames: capture.frames), capture.frames, since: start)
                told(list)
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Whether it is time for another.
    var isWanted: Bool { shared.withLock { $0.nextView.isPast } }

    func offer(_ capture: LatentCapture) {
        shared.withLock { $0.nextView = .after(seconds: Self.seconds) }
        inbox.offer(capture)
    }

    private func keep(_ json: [UInt8], _ frames: UInt64, since start: Deadline) {
        shared.withLock { state in
            state.count += 1
            state.views.append(Kept(number: state.count, frames: frames, json: json))
            while state.views.count > 3, state.views.reduce(0, { $0 + $1.json.count }) > Self.byteLimit {
                let last = state.views.count - 1
                state.views = state.views.enumerated().filter { $0.offset % 2 == 0 || $0.offset == last }.map(\.element)
            }
            let seconds = Deadline.now.seconds(since: start)
            state.nextView = max(state.nextView, .after(seconds: seconds / Self.share))
        }
    }

    /// The views that there are, as an event; empty where there is none.
    var list: [UInt8] {
        shared.withLock { state in
            guard !state.views.isEmpty else { return [] }
            let views = state.views.map { "{\"number\":\($0.number),\"frames\":\($0.frames)}" }.joined(separator: ",")
            return Array("event: latents\ndata: {\"views\":[\(views)]}\n\n".utf8)
        }
    }

    /// A view as JSON; nil where it is not kept any more.
    func view(_ number: Int) -> [UInt8]? { shared.withLock { $0.views.first { $0.number == number }?.json } }

    /// Ends the thread.
    func stop() {
        inbox.close()
        thread.withLock { $0.take() }?.join()
    }
}
