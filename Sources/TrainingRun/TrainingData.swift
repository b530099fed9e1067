package import StarlingEnvironments
package import StarlingSafetensors

/// Binary pictures in three parts: what an autoencoder is trained on, what tells how it does meanwhile, and what judges it in the end.
package struct TrainingData: Sendable {
    /// The file's name in the folder of data, unless another is told.
    package static let usualName = "digits-small"

    /// Numbers `D` of a picture.
    package let width: Int
    package let training: Part
    package let validation: Part
    package let test: Part

    package struct Part: Sendable {
        /// Pictures `N`.
        package let count: Int
        /// `[N, D]`, 0 or 1.
        let bytes: [UInt8]

        /// - Precondition: the bytes are whole pictures.
        package init(_ bytes: [UInt8], width: Int) {
            precondition(bytes.count % width == 0, "\(bytes.count) bytes are no pictures of \(width)")
            (self.bytes, count) = (bytes, bytes.count / width)
        }
    }

    /// - Precondition: no part is empty, and all are pictures of so many numbers.
    package init(width: Int, training: Part, validation: Part, test: Part) {
        (self.width, self.training, self.validation, self.test) = (width, training, validation, test)
    }

    /// `train.observations`, `validation.observations` and `test.observations`, `[N, …]` of bytes 0 and 1.
    package init(_ file: SafetensorsFile) throws(DataFileError) {
        var width: Int?
        func part(_ name: String) throws(DataFileError) -> Part {
            guard let array = file["\(name).observations"], array.scalar == .uint8, array.shape.count >= 2, !array.shape.contains(0) else {
                throw DataFileError("it needs the array \(name).observations, U8 [N, …]")
            }
            let own = array.shape.dropFirst().reduce(1, *)
            guard width ?? own == own, own <= Self.widthLimit else {
                throw DataFileError("\(name).observations has \(own) numbers a row, not \(width ?? Self.widthLimit)")
            }
            guard array.bytes.allSatisfy({ $0 <= 1 }) else { throw DataFileError("\(name).observations has other numbers than 0 and 1") }
            width = own
            return Part(array.bytes, width: own)
        }
        let parts = (try part("train"), try part("validation"), try part("test"))
        self.init(width: width!, training: parts.0, validation: parts.1, test: parts.2)
    }

    private static let widthLimit = 4096

    /// The file of this name in the folder of data.
    /// - Throws: what is wrong with it, where it is, and what writes one.
    package static func named(_ name: String) throws -> Self {
        try DataFileError.reading(name, by: "`scripts/digits small` writes \(usualName)") { try Self($0) }
    }
}
