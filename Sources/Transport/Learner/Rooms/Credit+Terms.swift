extension Credit {
    /// What the run gives it to go by.
    package struct Terms {
        let pacing: Pacing
        var unrollsPerBatch: Int
        /// Unrolls that the environments of one loop make at a time.
        let unrollsPerRound: Int
        /// Unrolls that memory has room for: granted, under way, queued or not yet settled.
        let room: Int

        package init(pacing: Pacing, unrollsPerBatch: Int, unrollsPerRound: Int, room: Int) {
            (self.pacing, self.unrollsPerBatch) = (pacing, unrollsPerBatch)
            (self.unrollsPerRound, self.room) = (unrollsPerRound, room)
        }

        var isLockstep: Bool { pacing == .lockstep }
    }

    /// What others know.
    package struct Supply {
        /// There are parameters, something to train, and nobody has said goodbye; else nothing is granted.
        let isOpen: Bool
        /// Unrolls with a fate whose blocks wait for the journal.
        let heldCount: Int

        package init(isOpen: Bool = true, heldCount: Int = 0) { (self.isOpen, self.heldCount) = (isOpen, heldCount) }
    }

    /// What is outstanding, in unrolls.
    package struct Outstanding {
        /// Of sessions that are proven and not idle: in flight, as far as the window is concerned.
        package var proven = 0
        /// Of those that are neither proven nor idle.
        package var onTrial = 0

        package var total: Int { proven + onTrial }
    }

    /// Threads of acting sessions, and of those that send what they have credit for.
    package struct Threads {
        package var acting = 0
        package var proven = 0
    }
}
