import ArgumentParser
import Logging
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads
import StarlingTransport

struct LearnerCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "learner",
        abstract: "Trains on what actors send; start them with starling-actor, on any machine.",
        discussion: "Runs until the goal of the recipe is reached, --frames are trained on, or Ctrl-C.")

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("Where actors connect; tcp://0.0.0.0:5555 listens on every interface.", valueName: "address"))
    var bind = "tcp://127.0.0.1:5555"

    func run(in program: Program) throws -> Int32 {
        let start = Deadline.now
        let stop = StopSignal.watch()
        defer { stop.close() }
        var settings = try options.settings(in: program)
        // A learner runs until somebody ends it; a recipe's frames are a budget for `train`.
        if options.frames == nil, !options.assigns("frames") { settings.frames = 0 }
        let session = try RunSession(settings, options, in: program, start: start)
        let link = try session.bind(bind)
        session.logger.info("waiting for actors: starling-actor --learner \(link.endpoint)")
        let loop = try session.makeLoop(link)
        return try session.conclude(loop.run { stop.isRequested }, of: "learner")
    }
}
