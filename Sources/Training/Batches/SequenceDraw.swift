/// Sequences of a data set for one step of the optimisers, laid out as unrolls: the observation of a step is what was written before it,
/// its action the next token, and the last one's episode terminates there.
///
/// It takes an environment that shows what was written: `W` numbers, the last W tokens, the newest last, and its observation limit, which
/// is no token, for what is before the first. Unrolls must be as long as the sequences.
public struct SequenceDraw: Hashable, Sendable {
    /// Of the file; see `DataFolder`.
    public var data: String
    /// `train` or `test`.
    public var part: String
    /// Sequences that are drawn, side by side: each of the set once, in an order of chance, then each once more in another.
    public var columns: Int
    /// Columns of the fresh batch that stand behind those, in turns.
    public var freshColumns: Int

    public init(_ data: String, part: String = "train", columns: Int, freshColumns: Int = 0) {
        (self.data, self.part, self.columns, self.freshColumns) = (data, part, columns, freshColumns)
    }
}
