package import StarlingExperience
import StarlingMessages
package import StarlingStorage
import StarlingTransport

/// Unrolls that an earlier learner acknowledged and no checkpoint knows of, read from the journal one at a time.
package final class Backlog {
    private let replay: JournalReplay
    private let layout: UnrollLayout
    private let empty = UnrollBlock(byteCount: 0)

    package init(_ replay: JournalReplay, _ layout: UnrollLayout) {
        self.replay = replay
        self.layout = layout
    }

    enum Item {
        case unroll(ReceivedUnroll)
        /// Made with other settings than the learner has now.
        case mismatched(ReceivedUnroll)
        /// It breaks a rule, as what builds before protocol 3 took may do.
        case invalid(ReceivedUnroll)
    }

    /// The next unroll that waits for a fate; nil at the end.
    /// - Parameter isTooStale: such a one comes without its block.
    func next(_ link: any LearnerLink, isTooStale: (ParameterVersion) -> Bool) -> Item? {
        while true {
            let item = replay.next { entry, bytes -> Item? in
                guard let header = entry.unroll?.header, let ticket = link.ticket(ofReplayed: entry.index) else {
                    return nil
                }
                func unroll(_ block: UnrollBlock) -> ReceivedUnroll {
                    ReceivedUnroll(actor: entry.actor, header: header, block: block, ticket: ticket)
                }
                guard bytes.count == layout.byteCount else { return .mismatched(unroll(empty)) }
                guard header.version.generation > 0 else { return .invalid(unroll(empty)) }
                guard !isTooStale(header.version) else { return .unroll(unroll(empty)) }
                let block = UnrollBlock(byteCount: bytes.count)
                block.base.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
                let view = UnrollView(layout, UnsafeRawPointer(block.base))
                let fault = UnrollCheck.fault(in: view, header.episodes, header.scalars)
                return fault == nil ? .unroll(unroll(block)) : .invalid(unroll(empty))
            }
            guard let item else { return nil }
            if let item { return item }
        }
    }
}
