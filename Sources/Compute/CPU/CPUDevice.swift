/// This machine's cores: our own kernels for small products and maps, oneDNN for large products.
package struct CPUDevice: Device {
    package init() {}

    package func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable {
        var compiler = CPUCompiler(program, tuning: tuning)
        return try CPUExecutable(compiler.compile(), team: program.team)
    }
}
