import Foundation
import Logging
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import StarlingThreads
import StarlingWeb

/// The directory of a run, locked for this start of its learner, and who is told of it: people, supervisors, actors. What is trained may
/// not be known yet.
///
/// Ends without a trace when it is released before a ``RunSession`` has begun in it.
final class OpenedRun {
    let settings: RunSettings
    let options: RunOptions
    let start: Deadline
    let directory: RunDirectory
    let generation: UInt32
    let fence: RunFence
    private var nextLookAtFence = Deadline.now
    let logger: Logger
    let console: Console
    /// What is told of it by HTTP, and where; nil: nowhere.
    let watch: RunWatch
    let door: Door?
    /// The command line, with the run directory in it.
    let arguments: [String]

    /// Opens and locks the directory, and counts this start.
    init(_ settings: RunSettings, _ options: RunOptions, start: Deadline) throws {
        (self.settings, self.options, self.start) = (settings, options, start)
        let path = options.run ?? Self.freePath(for: options.title)
        arguments = CommandLine.arguments.dropFirst() + ["--run", path].filter { _ in options.run == nil }
        // On a terminal log lines come out above the panel; for programs everything is a log line.
        let isForPeople = options.log.format == .text
        let context: @Sendable () -> Logger.Metadata = { ["run": "\(path)"] }
        // How the run goes and ends is told whatever the level.
        let plain = options.log.format.makeLogger(label: "learner", context: context)
        let lines: @Sendable (String) -> Void = { plain.info("\($0)") }
        let console = Console(title: options.title, lines: isForPeople ? nil : lines)
        self.console = console
        logger =
            isForPeople
            ? options.log.makeLogger(label: "learner", write: { console.log($0) })
            : options.log.makeLogger(label: "learner", context: context)
        let directory: RunDirectory = try options.resume ? .resume(path) : .create(path)
        self.directory = directory
        do {
            if !options.resume, FileManager.default.fileExists(atPath: directory.paths.metrics) {
                logger.info("\(path) holds a run that ended before its first checkpoint: it begins anew")
            }
            generation = try directory.nextGeneration()
            fence = try RunFence(directory)
            watch = RunWatch(
                RunFacts(settings, version: Build.version, recipe: options.title, run: directory.paths.root, generation: generation),
                past: options.resume ? directory.paths.metrics : nil)
            door = try options.http.open(watch, directory, logger)
        } catch {
            directory.removeUnbegun()
            throw error
        }
    }

    deinit { directory.removeUnbegun() }

    /// Tells what is odd about the run before it begins.
    func warn(of environment: EnvironmentSpec, in program: Program) {
        if settings.frames == 0, settings.goal.evaluationReturn == nil {
            logger.info("no goal and no limit of frames: it trains until Ctrl-C; --frames N ends it by itself")
        }
        if options.lacksEnvironment(in: program), settings.environment == RunSettings().environment {
            logger.warning("\(options.title) names no environment: it is \(settings.environment), the default; say `environment: NAME`")
        }
        let isTrained = { [options] in options.resume || (options.source != nil && options.wanted?.contains($0) ?? true) }
        for line in settings.warnings(environment: environment, isTrained: isTrained) { logger.warning("\(line)") }
        if let line = settings.queueWarning { logger.warning("\(line)") }
    }

    /// Shows a line of another process without tearing the panel.
    var say: @Sendable (String) -> Void {
        { [console] in console.log($0) }
    }

    /// Says where the learner is: to people, and to whoever looks into the directory.
    /// - Parameter endpoint: where actors connect; nil: nowhere.
    func tellAddresses(_ endpoint: String?) throws {
        let url = door.map(HTTPOptions.url)
        if let url { logger.info("watch it at \(url)") }
        try directory.tell(addresses: [endpoint.map(Host.dialable), url].compactMap(\.self))
    }

    /// Ends this process at once where another learner has begun in its run: no checkpoint, no word to the actors, which find
    /// the other one as they found this. Asked as often as one likes.
    func leaveToSuccessor() {
        guard nextLookAtFence.isPast else { return }
        nextLookAtFence = .after(seconds: 1)
        guard !fence.holds else { return }
        logger.critical("\(fence.sentence): this one ends")
        _exit(1)
    }

    /// `runs/NAME-1`, or the first number without a run.
    private static func freePath(for recipe: String) -> String {
        let name = URL(fileURLWithPath: recipe).deletingPathExtension().lastPathComponent
        var number = 1
        while FileManager.default.fileExists(atPath: RunPaths("runs/\(name)-\(number)").metrics) { number += 1 }
        return "runs/\(name)-\(number)"
    }
}
