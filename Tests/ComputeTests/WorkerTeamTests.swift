import StarlingThreads
import Synchronization
import Testing

@Suite struct WorkerTeamTests {
    /// What the workers of one run share.
    private final class Board: Sendable {
        let arrivals = Atomic<Int>(0)
        let errors = Atomic<Int>(0)
        let workers: Int
        let team: WorkerTeam
        init(team: WorkerTeam) {
            self.team = team
            workers = team.count
        }
    }

    /// Spins of 0 make every wait sleep; many make it look.
    @Test(arguments: [1, 2, 3, 5], [0, 1, 2000] as [UInt32])
    func everyWorkerRunsAndWaitsForAll(count: Int, spins: UInt32) {
        let team = WorkerTeam(count: count, name: "test", spins: spins)
        let board = Board(team: team)
        let context = Unmanaged.passUnretained(board).toOpaque()
        for _ in 0..<200 {
            board.arrivals.store(0, ordering: .sequentiallyConsistent)
            team.run(context) { context, _ in
                let board = Unmanaged<Board>.fromOpaque(context).takeUnretainedValue()
                for round in 1...3 {
                    board.arrivals.add(1, ordering: .sequentiallyConsistent)
                    board.team.wait()
                    // All have arrived, and none is in the next round before all have looked.
                    if board.arrivals.load(ordering: .sequentiallyConsistent) != round * board.workers {
                        board.errors.add(1, ordering: .sequentiallyConsistent)
                    }
                    board.team.wait()
                }
            }
            #expect(board.arrivals.load(ordering: .sequentiallyConsistent) == 3 * count)
        }
        #expect(board.errors.load(ordering: .sequentiallyConsistent) == 0)
    }

    @Test func aTeamThatNeverRanEnds() {
        for count in 1...4 { _ = WorkerTeam(count: count, name: "idle") }
    }
}
