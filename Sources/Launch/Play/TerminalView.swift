import Foundation
import Glibc
import StarlingActing
import StarlingMonitoring
import StarlingRecording

/// Draws the first of the environments that are played, step by step: in one place of a terminal, one below the other elsewhere.
final class TerminalView {
    private let framesPerSecond: Int
    private let terminal = Terminal(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
    private var total: Float = 0
    private var steps = 0
    private var linesDrawn = 0
    /// Columns of a terminal that a picture takes at most.
    private static let widthLimit = 100

    init(framesPerSecond: Int) { self.framesPerSecond = framesPerSecond }

    func show(_ row: PlayedRow) {
        guard row.isPlaying[0], let picture = row.picture(of: 0) else { return }
        steps += 1
        total += row.rewards[0]
        // Below it stand the words about it, and the cursor.
        let (width, height) = terminal.size
        let fitted = picture.fitted(columns: min(width, Self.widthLimit), lines: max(1, height - 2))
        let lines =
            fitted.terminalLines(colored: terminal.isColored) + ["step \(steps), return \(Quantity.meanReturn(Double(total)))"]
        // Back to the first line of the last frame; each line ends what stood there.
        let back = terminal.isLive && linesDrawn > 0 ? "\u{1B}[\(linesDrawn)A" : ""
        terminal.write(back + lines.map { $0 + (terminal.isLive ? "\u{1B}[K\n" : "\n") }.joined())
        linesDrawn = lines.count
        if row.kinds[0] != 0 { (total, steps) = (0, 0) }
        if terminal.isLive { usleep(UInt32(1_000_000 / framesPerSecond)) }
    }
}
