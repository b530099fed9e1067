package import StarlingExperience
package import StarlingSafetensors

/// Sequences of tokens, all of one length, that are there before a run: what a policy that writes is to learn from. A token is the
/// action that writes it.
package struct SequenceSet: Sendable {
    /// `[N, T]`.
    private let tokens: [Int32]
    /// Sequences `N`.
    package let count: Int
    /// Tokens `T` of each.
    package let length: Int

    /// A part of a file, for instance `train`: its array `train.tokens`, `[N, T]` of 32-bit integers.
    package init(_ part: String, of file: SafetensorsFile, for environment: EnvironmentSpec) throws(DataSetError) {
        let name = "\(part).tokens"
        guard let array = file[name] else {
            let names = file.arrays.map(\.name).joined(separator: ", ")
            throw DataSetError("there is no array \(name), \(names.isEmpty ? "or any other" : "only \(names)")")
        }
        guard let tokens = array.values(as: Int32.self), array.shape.count == 2, !tokens.isEmpty else {
            throw DataSetError("\(name) is \(array.scalar.rawValue) \(array.shape); sequences are I32 [N, T], one token at least")
        }
        guard case .discrete(let actions) = environment.action else {
            throw DataSetError("the actions of \(environment.name) are numbers, and no tokens")
        }
        if let wrong = tokens.first(where: { !(0..<Int32(actions)).contains($0) }) {
            throw DataSetError("\(name) holds the token \(wrong), and \(environment.name) has \(actions)")
        }
        (self.tokens, count, length) = (tokens, array.shape[0], array.shape[1])
    }

    package subscript(_ sequence: Int, _ step: Int) -> Int32 { tokens[sequence * length + step] }

    /// Reads a part of the file of a name; see `DataFolder`.
    /// - Throws: what is wrong with it, where it is, and what brings it.
    static func reading(_ part: String, of name: String, for environment: EnvironmentSpec) throws(DataSetError) -> SequenceSet {
        let path = DataFolder.path(of: name)
        do {
            return try SequenceSet(part, of: SafetensorsFile(reading: path), for: environment)
        } catch {
            throw DataSetError(
                "the sequences that the algorithm learns from, \(path): \(error); `scripts/data` brings those of the recipes, and "
                    + "\(DataFolder.variable) names the folder")
        }
    }
}
