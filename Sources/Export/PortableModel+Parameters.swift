package import StarlingSafetensors

extension PortableModel {
    /// What some models use, each once.
    package static func parameters(of models: [PortableModel], in arrays: [NamedArray]) throws(ExportError) -> [NamedArray] {
        var found: [NamedArray] = []
        for parameter in models.flatMap(\.parameters) where !found.contains(where: { $0.name == parameter.name }) {
            found.append(try values(of: parameter, in: arrays))
        }
        return found
    }

    /// The values of a parameter.
    /// - Throws: when there are none of its shape.
    static func values(of parameter: Value, in arrays: [NamedArray]) throws(ExportError) -> NamedArray {
        guard let array = arrays.first(where: { $0.name == parameter.name }) else {
            throw ExportError("there is no parameter \(parameter.name)")
        }
        guard array.scalar == .float32, array.shape == parameter.dims else {
            throw ExportError("the parameter \(parameter.name) is \(array.scalar.rawValue) \(array.shape), not F32 \(parameter.dims)")
        }
        return array
    }
}
