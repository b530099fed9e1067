import COneDNN
import CStarlingKernels

/// This machine's cores: our own kernels for small products, convolutions and maps, oneDNN for large products.
package struct CPUDevice: Device {
    package init() {}

    package func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable {
        var compiler = CPUCompiler(program, tuning: tuning)
        return try CPUExecutable(compiler.compile(), team: program.team)
    }

    /// For instance “AMD EPYC, AVX-512, oneDNN 2.6.0”.
    package var name: String {
        var model = [CChar](repeating: 0, count: 64)
        starling_name_cpu(&model, Int32(model.count))
        let level =
            switch starling_highest_level() {
            case STARLING_LEVEL_X86_64_V4: "AVX-512"
            case STARLING_LEVEL_X86_64_V3: "AVX2"
            default: "base instructions"
            }
        let library = dnnl_version().pointee
        let name = String(decoding: model.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(name), \(level), oneDNN \(library.major).\(library.minor).\(library.patch)"
    }
}
