import ArgumentParser
import StarlingBridge
import StarlingLearning

/// The library whose environment a run is of.
struct LibraryArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A shared library (deploy/c/starling_env.h) in whose environment it is instead of the recipe's: ./libmaze.so, which is called maze, \
            or NAME=./libmaze.so. Its options are set by --set environment.NAME=VALUE.
            """, valueName: "library"))
    var environment: String?

    @Flag(help: "Step the library's environments in processes of their own, so that one that crashes or hangs costs episodes alone.")
    var isolate = false

    func validate() throws {
        guard let environment, LibrarySettings.named(environment) == nil else { return }
        throw ValidationError(
            "--environment takes a shared library, such as ./libmaze.so, not \(environment); an environment of this program is named by --set environment=NAME"
        )
    }

    /// Names the environment in a run's settings, which keep it.
    func apply(to settings: inout RunSettings) {
        if let library = environment.flatMap(LibrarySettings.named) { settings.take(library) }
        if isolate, settings.libraryPath != nil { _ = settings.environmentOptions.set("isolate", to: .scalar(.truth(true))) }
    }
}
