public import StarlingExperience

/// Digits: a handwritten digit is shown, and the action names it. A contextual bandit: every episode has one step, with reward 1 if
/// the action is the digit, else 0. So the mean return is the accuracy; guessing has 0.1.
///
/// The digits are MNIST's (LeCun, Cortes & Burges 1998), in a file on each actor's machine: `DigitFile`. Episodes draw from one part
/// of it, uniformly with replacement: `.train` is what `Digits` shows, `.test` is `Digits-test`.
///
/// Observation: `[1, 28, 28]` bytes of grey, 0 the ground, 255 full ink.
public struct Digits: Environment, Sendable {
    /// Which of the file's digits.
    public enum Part: String, Sendable { case train, test }

    private let part: Part
    private let file: @Sendable () throws -> DigitFile
    /// Of the part; empty until it is prepared.
    private var digits = LabelledDigits()
    /// The one that is shown.
    package private(set) var index = 0

    /// - Parameter part: whose digits are shown; a file of the machine's holds them.
    public init(_ part: Part) { self.init(part) { try DigitFile.shared.get() } }

    package init(_ part: Part, of file: @escaping @Sendable () throws -> DigitFile) { (self.part, self.file) = (part, file) }

    public var observationShape: [Int] { DigitFile.shape }
    public var action: ActionSpec { .discrete(DigitFile.classes) }

    public mutating func prepare() throws {
        let file = try file()
        digits = part == .train ? file.train : file.test
    }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        index = random.below(digits.count)
        digits.copy(index, to: &observation)
    }

    /// The observation after it is the same digit.
    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        digits.copy(index, to: &observation)
        return StepResult(reward: action == digits.label(index) ? 1 : 0, ending: .terminated)
    }
}

extension Digits {
    /// Which digit is shown.
    public func savedState() -> [UInt8]? { withUnsafeBytes(of: UInt32(index).littleEndian) { Array($0) } }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == 4 else { return false }
        let index = Int(UInt32(littleEndian: state.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }))
        guard index < digits.count else { return false }
        self.index = index
        return true
    }

    /// Two rows of pixels a line.
    public var picture: Picture? {
        guard digits.count > 0 else { return nil }
        let (height, width) = (DigitFile.shape[1], DigitFile.shape[2])
        func isInk(_ row: Int, _ column: Int) -> Bool { digits.pixel(row * width + column, of: index) >= 128 }
        return .text(
            stride(from: 0, to: height, by: 2).map { row in
                String(
                    (0..<width).map { column -> Character in
                        switch (isInk(row, column), isInk(row + 1, column)) {
                        case (true, true): "█"
                        case (true, false): "▀"
                        case (false, true): "▄"
                        case (false, false): " "
                        }
                    })
            })
    }
}
