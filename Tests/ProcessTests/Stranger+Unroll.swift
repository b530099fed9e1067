import Foundation
import StarlingExperience
import StarlingMessages

extension Stranger {
    /// An unroll that nobody stepped, and that passes all checks until it is changed.
    struct Unroll {
        let layout: UnrollLayout
        var header: UnrollHeader
        private(set) var block: [UInt8]

        static func layout(of welcome: Welcome) -> UnrollLayout {
            let assignment = welcome.assignment
            return UnrollLayout(environment: assignment.environment, model: assignment.model, acting: assignment.acting)
        }

        /// All logits are 0, so all actions are equally likely; all observations and rewards are 0, too.
        init(_ welcome: Welcome, _ newest: Announcement) {
            layout = Self.layout(of: welcome)
            header = UnrollHeader(
                sequence: 0, version: newest.version, digest: newest.digest, tag: newest.tag, firstStep: 0, firstEnvironment: 0,
                noiseKey: 7, episodes: [])
            block = [UInt8](repeating: 0, count: layout.byteCount)
            let logProbability = -log(Float(layout.actionParameterCount))
            change { view, t in view.behaviorLogProbabilities(at: t).update(repeating: logProbability) }
        }

        /// Changes every row.
        mutating func change(_ body: (MutableUnrollView, _ row: Int) -> Void) {
            block.withUnsafeMutableBytes { bytes in
                let view = MutableUnrollView(layout, bytes.baseAddress!)
                for t in 0..<layout.unrollLength { body(view, t) }
            }
        }
    }

    /// The next unroll as it should be; nil without a session or parameters.
    func makeUnroll() -> Unroll? {
        guard let welcome, let newest else { return nil }
        return Unroll(welcome, newest)
    }

    /// Sends as much as it has credit for.
    /// - Parameter change: what is wrong with it.
    func attack(_ change: (inout Unroll) -> Void = { _ in }) {
        listen()
        while credit > 0, var unroll = makeUnroll() {
            change(&unroll)
            send(unroll)
        }
    }
}
