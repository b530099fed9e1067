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
    /// `[N]`: what stands before the first token of each, as something that is asked for; nil where nothing does.
    private let given: [Int32]?

    /// A part of a file, for instance `train`: its array `train.tokens`, `[N, T]` of 32-bit integers, and where there is one `train.given`,
    /// `[N]`.
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
        guard environment.observation.parts.isEmpty else {
            throw DataSetError("observations of \(environment.name) are several parts, and tokens are shown as one array")
        }
        if let wrong = tokens.first(where: { !(0..<Int32(actions)).contains($0) }) {
            throw DataSetError("\(name) holds the token \(wrong), and \(environment.name) has \(actions)")
        }
        let rows = array.shape[0]
        (self.tokens, count, length) = (tokens, rows, array.shape[1])
        given = try file["\(part).given"].map { array throws(DataSetError) in
            guard let given = array.values(as: Int32.self), array.shape == [rows] else {
                throw DataSetError("\(part).given is \(array.scalar.rawValue) \(array.shape); it has a number for each sequence, I32 [N]")
            }
            if let wrong = given.first(where: { !(0..<Int32(actions)).contains($0) }) {
                throw DataSetError("\(part).given holds the token \(wrong), and \(environment.name) has \(actions)")
            }
            return given
        }
    }

    package subscript(_ sequence: Int, _ step: Int) -> Int32 { tokens[sequence * length + step] }

    func given(_ sequence: Int) -> Int32? { given?[sequence] }

    /// Reads a part of the file of a name; see `DataFolder`.
    /// - Throws: what is wrong with it, where it is, and what brings it.
    static func reading(_ part: String, of name: String, for environment: EnvironmentSpec) throws(DataSetError) -> SequenceSet {
        let path = DataFolder.path(of: name)
        do {
            return try SequenceSet(part, of: SafetensorsFile(reading: path), for: environment)
        } catch {
            throw DataSetError(
                "the sequences that the algorithm learns from, \(path): \(error); `scripts/data \(name)` brings it where a recipe of ours "
                    + "names it, and \(DataFolder.variable) names the folder")
        }
    }
}
