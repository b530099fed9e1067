import Foundation
import StarlingLatentQuality
import Synchronization

/// Views of the latent as the page gets them. Of the past fewer are kept, the further it is away.
final class LatentViews: Sendable {
    private let state = Mutex((kept: [Kept](), count: 0))

    /// Bytes of the views that are kept.
    private static let byteLimit = 8 << 20

    private struct Kept: Sendable {
        let number: Int
        let frames: UInt64
        let json: [UInt8]
    }

    func keep(_ frames: UInt64, _ view: LatentView) {
        guard let json = try? JSONEncoder().encode(view) else { return }
        state.withLock { state in
            state.count += 1
            state.kept.append(Kept(number: state.count, frames: frames, json: Array(json)))
            while state.kept.count > 3, state.kept.reduce(0, { $0 + $1.json.count }) > Self.byteLimit {
                let last = state.kept.count - 1
                state.kept = state.kept.enumerated().filter { $0.offset % 2 == 0 || $0.offset == last }.map(\.element)
            }
        }
    }

    /// Those that there are, as an event; empty where there is none.
    var list: [UInt8] {
        state.withLock { state in
            guard !state.kept.isEmpty else { return [] }
            let views = state.kept.map { "{\"number\":\($0.number),\"frames\":\($0.frames)}" }.joined(separator: ",")
            return Array("event: latents\ndata: {\"views\":[\(views)]}\n\n".utf8)
        }
    }

    /// A view as JSON; nil where it is not kept any more.
    subscript(number: Int) -> [UInt8]? { state.withLock { state in state.kept.first { $0.number == number }?.json } }
}
