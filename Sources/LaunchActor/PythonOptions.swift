package import ArgumentParser

/// The Python whose environments may be stepped.
package struct PythonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The Python that has Gymnasium and the environments (default: STARLING_PYTHON of the environment).", valueName: "path"))
    package var python: String?

    package init() {}

    /// As told, if it was.
    package var program: String? { python ?? Variable.text("STARLING_PYTHON") }
}
