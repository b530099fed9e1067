import StarlingTransport
import Testing

@Suite("Credit window")
struct CreditWindowTests {
    /// A trainer that takes `batch` unrolls in each period, and actors whose unrolls arrive so many periods after their credit.
    private struct Loop {
        var window: CreditWindow
        let batch: Int
        let roundTrip: Int
        var arrivals: [Int: Int] = [:]
        var queued = 0
        var outstanding = 0
        var idlePeriods = 0
        private var waited = 0.0
        private var sinceBatch = 0.0

        init(_ pacing: Pacing, batch: Int, roundTrip: Int) {
            window = CreditWindow(pacing, unrollsPerBatch: batch)
            (self.batch, self.roundTrip) = (batch, roundTrip)
        }

        mutating func run(_ periods: Range<Int>) {
            for period in periods {
                let count = arrivals.removeValue(forKey: period) ?? 0
                queued += count
                if count > 0 { window.noteFlight(Double(roundTrip)) }
                outstanding -= count
                sinceBatch += 1
                if queued >= batch {
                    window.beginBatch(queued: queued, waited: waited, seconds: sinceBatch)
                    queued -= batch
                    (waited, sinceBatch) = (0, 0)
                } else {
                    idlePeriods += 1
                    waited += 1
                }
                let free = window.limit - outstanding - queued
                if free > 0 {
                    arrivals[period + roundTrip, default: 0] += free
                    outstanding += free
                }
            }
        }
    }

    @Test("It grows to what the way takes, and no further", arguments: [1, 3, 7, 20])
    func follows(roundTrip: Int) {
        var loop = Loop(.adaptive(policyLag: 64), batch: 4, roundTrip: roundTrip)
        loop.run(0..<1000)
        loop.idlePeriods = 0
        loop.run(1000..<2000)
        #expect(loop.idlePeriods <= 100, "the trainer hardly waits")
        let needed = 4 * roundTrip
        #expect(4 * loop.window.limit >= 3 * needed)
        #expect(loop.window.limit <= 2 * (needed + 4))
    }

    @Test("It gives back what the way needs no longer")
    func shrinks() {
        var far = Loop(.adaptive(policyLag: 64), batch: 4, roundTrip: 20)
        far.run(0..<1000)
        var near = Loop(.adaptive(policyLag: 64), batch: 4, roundTrip: 1)
        near.window = far.window
        near.run(0..<1000)
        #expect(near.window.limit <= 4 * 4)
    }

    @Test("The policy lag bounds it, and it tells when that is what makes the trainer wait")
    func isBounded() {
        var loop = Loop(.adaptive(policyLag: 8), batch: 4, roundTrip: 20)
        #expect(!loop.window.isAtBound)
        loop.run(0..<1000)
        #expect(loop.window.limit == 8 * 4)
        #expect(loop.window.isAtBound && loop.window.isShort)
    }

    @Test("Others than adaptive ones stay as they are", arguments: [Pacing.lockstep, .fixed(batches: 3)])
    func isFixed(pacing: Pacing) {
        var window = CreditWindow(pacing, unrollsPerBatch: 4)
        let before = window.limit
        for queued in [1, 1, 1, 100, 100, 100] { window.beginBatch(queued: queued) }
        #expect(window.limit == before && before == 4 * pacing.batches.upperBound)
        #expect(!window.isAtBound)
    }

    @Test(
        "A lag of two batches bounds it too, and in lockstep it is told when nobody works",
        arguments: [Pacing.adaptive(policyLag: 2), .lockstep])
    func tells(pacing: Pacing) {
        var window = CreditWindow(pacing, unrollsPerBatch: 4)
        func play(trainerWaits: Double, actorsWait: Double, batches: Int) -> Bool {
            for _ in 0..<batches {
                for _ in 0..<4 { window.noteActor(waited: actorsWait, seconds: 1) }
                window.beginBatch(queued: 1, waited: trainerWaits, seconds: 1)
            }
            return window.isAtBound
        }
        #expect(!play(trainerWaits: 0.9, actorsWait: 0.9, batches: 20), "of a few batches nothing is said")
        #expect(play(trainerWaits: 0.9, actorsWait: 0.9, batches: 60))
        // What is told doesn't flicker.
        let kept = pacing == .lockstep ? (0.65, 0.65) : (0.3, 0.9)
        #expect(play(trainerWaits: kept.0, actorsWait: kept.1, batches: 60))
        #expect(!play(trainerWaits: 0.1, actorsWait: 0.9, batches: 200))
        #expect(!play(trainerWaits: kept.0, actorsWait: kept.1, batches: 200))
        #expect(window.limit == 4 * pacing.batches.upperBound)
        // A trainer that waited for longer than a batch takes waited all of it.
        _ = play(trainerWaits: 40, actorsWait: 0.9, batches: 1)
        #expect(window.trainerWaits <= 1)
    }

    @Test(
        "Wider batches are wanted where both lose nearly half of their time, or one nearly all and the other a quarter",
        arguments: [(0.35, 0.5, false), (0.5, 0.35, false), (0.55, 0.5, true), (0.95, 0.25, true), (0.95, 0.15, false)])
    func widens(trainerWaits: Double, actorsWait: Double, wantsWider: Bool) {
        var window = CreditWindow(.adaptive(policyLag: 2), unrollsPerBatch: 4)
        for _ in 0..<100 {
            for _ in 0..<4 { window.noteActor(waited: actorsWait, seconds: 1) }
            window.beginBatch(queued: 1, waited: trainerWaits, seconds: 1)
        }
        #expect(window.pressure.wantsWiderBatches == wantsWider)
    }

    @Test(
        "It tells when both wait for most of their time, whatever its pacing, as long as actors tell",
        arguments: [Pacing.fixed(batches: 1), .adaptive(policyLag: 64), .lockstep])
    func bothWait(pacing: Pacing) {
        func bothWait(trainer: Double, actors: Double?) -> Bool {
            var window = CreditWindow(pacing, unrollsPerBatch: 4)
            for _ in 0..<100 {
                if let actors { for _ in 0..<4 { window.noteActor(waited: actors, seconds: 1) } }
                window.beginBatch(queued: 1, waited: trainer, seconds: 1)
            }
            return window.pressure.bothWait
        }
        #expect(bothWait(trainer: 0.6, actors: 0.6))
        #expect(!bothWait(trainer: 0.4, actors: 0.9) && !bothWait(trainer: 0.9, actors: 0.4))
        #expect(!bothWait(trainer: 0.9, actors: nil), "nobody knows whether actors wait")
    }

    @Test("A window of which too much is too old shrinks by half of that share, once for each time that what was under way has come")
    func tooOld() {
        var window = CreditWindow(.adaptive(policyLag: 16), unrollsPerBatch: 4)
        while window.limit < 64 { window.beginBatch(queued: 1) }
        let limits = limits(of: &window, batches: 64, tooStale: 2)
        // What was under way before, and as much again, comes between two looks.
        #expect(limits == [64, 54, 45, 38, 32])
    }

    @Test("Then it grows by a batch each time that none of it was too old")
    func recovers() {
        var window = CreditWindow(.adaptive(policyLag: 16), unrollsPerBatch: 4)
        while window.limit < 64 { window.beginBatch(queued: 1) }
        _ = limits(of: &window, batches: 64, tooStale: 2)
        let limits = limits(of: &window, batches: 40, tooStale: 0)
        #expect(limits == [32, 34, 36, 38, 40, 42, 44])
    }

    @Test("What is thrown away for its age is lost as if it had been waited for")
    func loses() {
        var window = CreditWindow(.adaptive(policyLag: 16), unrollsPerBatch: 4)
        for _ in 0..<400 {
            for _ in 0..<4 { window.noteActor(waited: 0.15, seconds: 1) }
            for _ in 0..<2 { window.noteTooStale() }
            window.beginBatch(queued: 1, waited: 0.95, seconds: 1)
        }
        #expect(window.pressure.wantsWiderBatches)
    }

    /// What its limit is, one after another, while so many of the unrolls of each batch are too old.
    private func limits(of window: inout CreditWindow, batches: Int, tooStale: Int) -> [Int] {
        var limits: [Int] = []
        for _ in 0..<batches {
            window.beginBatch(queued: 1)
            for _ in 0..<tooStale { window.noteTooStale() }
            if window.limit != limits.last { limits.append(window.limit) }
        }
        return limits
    }

    @Test("Where the trainer waits for something else than experience, no window is larger than what is under way can be")
    func isUseful() {
        var window = CreditWindow(.adaptive(policyLag: 64), unrollsPerBatch: 4)
        for _ in 0..<1000 {
            window.noteFlight(3)
            window.beginBatch(queued: 1, waited: 5, seconds: 10)
        }
        #expect(window.isShort && window.limit == 9)
    }

    @Test("Few that are too old are no reason")
    func fewTooOld() {
        var window = CreditWindow(.adaptive(policyLag: 16), unrollsPerBatch: 4)
        for batch in 0..<1000 {
            window.beginBatch(queued: 1)
            if batch % 25 == 0 { window.noteTooStale() }
        }
        #expect(window.limit == 64)
    }
}
