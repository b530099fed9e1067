package import StarlingExperience
package import StarlingStorage
import Synchronization

/// The part of a checkpoint's state that tells of unrolls.
package struct StoredBooks: CheckpointState {
    /// Those of the state.
    package var books: LedgerBooks
    package var fault: String? { books.fault }
}

/// `ledger.json`: the books as the last learner closed them.
package struct StoredLedger: Codable, Sendable {
    package var generation: UInt32
    package var books: LedgerBooks

    package init(generation: UInt32, books: LedgerBooks) {
        self.generation = generation
        self.books = books
    }
}

/// What the checkpoints of a run cover of its journal.
package final class CheckpointCoverage: Sendable {
    private let store: CheckpointStore
    private let positions: Mutex<[ParameterVersion: UInt64]>

    package init(_ store: CheckpointStore) {
        self.store = store
        var positions: [ParameterVersion: UInt64] = [:]
        for version in store.versions {
            positions[version] = (try? store.readState(version, as: StoredBooks.self))?.books.position
        }
        self.positions = Mutex(positions)
    }

    package func note(_ version: ParameterVersion, _ position: UInt64) {
        positions.withLock { $0[version] = position }
    }

    /// What a checkpoint covers; nil where that isn't known.
    package func position(of version: ParameterVersion) -> UInt64? { positions.withLock { $0[version] } }

    /// Index that every checkpoint covers; one that can't be read is no use, and needs nothing.
    package var oldest: UInt64 {
        // Nobody goes on from the best, which may be old.
        let best = store.bestVersion
        let versions = store.versions.suffix(store.kept) + store.versions.dropLast(store.kept).filter { $0 != best }
        return positions.withLock { positions in versions.compactMap { positions[$0] }.min() ?? 0 }
    }
}
