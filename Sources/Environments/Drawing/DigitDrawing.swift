public import StarlingExperience

/// Drawing a digit that is asked for, which follows from the seed: the first token repeats its name, and each of the 64 behind that is the
/// grey of a pixel of 8 × 8, row by row. The return is log p(named digit | picture), nats, of a frozen classifier, and no less than
/// `floor`, which is also what a drawing gets that is named otherwise. It is told step by step, as what each token adds for a classifier
/// that sees ground where nothing is drawn yet.
///
/// Observation: `[65]`, the name that is asked for and the tokens, the newest last; 15, which is none, for what isn't written yet. So it
/// shows all, and the place within the drawing, too.
public struct DigitDrawing: Environment, Sendable {
    package static let name = "DigitDrawing"
    /// Of the file of data.
    package static let data = "drawing"
    /// Where a classifier's certainty that it is another digit ends to cost more.
    package static let floor: Float = -10

    private let source: @Sendable () throws -> DigitClassifier
    private var classifier: DigitClassifier?
    /// The digit that is asked for.
    private var wanted = UInt8(0)
    private var drawing = Drawing()
    /// Of what is drawn.
    private var score: Float = 0

    public init() {
        self.init { try DrawingFile.shared.get().classifier }
    }

    package init(_ classifier: @escaping @Sendable () throws -> DigitClassifier) { source = classifier }

    public var observationShape: [Int] { [Drawing.length] }
    public var action: ActionSpec { .discrete(Drawing.tokenCount) }
    /// Numbers of an observation are ids, up to this one.
    public var observationLimit: Float { Float(Drawing.tokenCount) }

    public mutating func prepare() throws { classifier = try source() }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        (wanted, drawing, score) = (UInt8(random.below(Drawing.digits)), Drawing(), 0)
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        drawing.append(UInt8(action))
        write(into: &observation)
        let before = score
        score = judged
        return StepResult(reward: score - before, ending: drawing.isComplete ? .terminated : .none)
    }

    private var judged: Float {
        guard let classifier else { fatalError("a classifier that was not prepared") }
        guard drawing[0] == wanted else { return Self.floor }
        return max(Self.floor, classifier.logProbabilities(drawing)[Int(wanted)])
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        let shown = [wanted] + drawing.tokens
        let blank = Drawing.length - shown.count
        for place in 0..<Drawing.length { observation[place] = place < blank ? UInt8(Drawing.tokenCount) : shown[place - blank] }
    }
}

extension DigitDrawing {
    /// What is asked for, and the tokens.
    public func savedState() -> [UInt8]? { [wanted] + drawing.tokens }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard let wanted = state.first, wanted < Drawing.digits, state.count <= Drawing.length,
            state.allSatisfy({ $0 < Drawing.tokenCount })
        else { return false }
        (self.wanted, drawing) = (wanted, Drawing(Array(state.dropFirst())))
        score = drawing.count == 0 ? 0 : judged
        return true
    }

    /// What isn't drawn yet is blank.
    public var picture: Picture? { .pixels(width: Drawing.side, height: Drawing.side, rgb: drawing.rgb(isWrong: false)) }
}
