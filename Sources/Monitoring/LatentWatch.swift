import Glibc
package import StarlingLatentPolicy
package import StarlingLatentQuality
package import StarlingLearning
import StarlingThreads
import Synchronization

/// Views of the latent for who looks on, made beside the training on a thread of their own, which is a nice one.
package final class LatentWatch: Sendable {
    private let onlookers: [Onlooker]
    private let inbox = Mailbox<LatentCapture>(capacity: 1)
    private let nextView = Mutex(Deadline.now)
    private let thread = Mutex<NamedThread?>(nil)

    /// Who looks on: a page, a file of pictures.
    package struct Onlooker: Sendable {
        let wants: @Sendable () -> Bool
        let take: @Sendable (UInt64, LatentView) -> Void

        /// - Parameters:
        ///   - wants: whether it is time for another view; asked often, by the learner's thread too.
        ///   - take: gets one, and the frames of its parameters, on the thread that made it.
        package init(wants: @escaping @Sendable () -> Bool, take: @escaping @Sendable (_ frames: UInt64, LatentView) -> Void) {
            (self.wants, self.take) = (wants, take)
        }
    }

    /// Seconds between two views at least, and the part of its time that the thread may compute.
    private static let (seconds, share) = (4.0, 0.1)

    /// - Parameters:
    ///   - arePolicyValues: whether the policy head tells what actions are worth.
    ///   - showsValues: whether the algorithm trains V.
    package init(_ policy: LatentPolicy, arePolicyValues: Bool, showsValues: Bool, for onlookers: [Onlooker]) {
        self.onlookers = onlookers
        let thread = NamedThread("latents") { [self] in
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, 15)
            // Plans are made when somebody looks.
            var viewer: LatentViewer?
            var frames: UInt64?
            while let capture = inbox.take(before: Deadline(nanoseconds: .max)) {
                let start = Deadline.now
                defer { rest(since: start) }
                guard capture.frames != frames else { continue }
                if viewer == nil {
                    viewer = try? LatentViewer(policy, .live, arePolicyValues: arePolicyValues, showsValues: showsValues)
                }
                // Parameters that give no numbers have no picture.
                let view = capture.observations.withUnsafeBytes { observations in
                    capture.parameters.withUnsafeBufferPointer { try? viewer?.view(parameters: $0, observations: observations) }
                }
                guard let view else { continue }
                frames = capture.frames
                for onlooker in onlookers where onlooker.wants() { onlooker.take(capture.frames, view) }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Whether it is time for another, and somebody wants it.
    package var isWanted: Bool { nextView.withLock { $0.isPast } && onlookers.contains { $0.wants() } }

    package func offer(_ capture: LatentCapture) {
        nextView.withLock { $0 = .after(seconds: Self.seconds) }
        inbox.offer(capture)
    }

    private func rest(since start: Deadline) {
        let seconds = Deadline.now.seconds(since: start)
        nextView.withLock { $0 = max($0, .after(seconds: seconds / Self.share)) }
    }

    /// Ends the thread.
    package func stop() {
        inbox.close()
        thread.withLock { $0.take() }?.join()
    }
}
