import Foundation
import StarlingActing
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingThreads

/// `starling show RUN --html FILE`: a run's latents as one page that needs no network.
struct LatentPage {
    /// Observations that are enough to look at, and for how long episodes are played for them at most.
    private static let (observations, seconds) = (1024, 20.0)
    /// Episodes of the first round; every further one has four times as many.
    private static let episodes = 24

    let html: String

    /// Plays the run's policy as its actors do, without plans, and looks at what it saw.
    /// - Throws: what is missing; `CommandError` when it was to stop.
    init(_ run: String, seed: UInt64, _ program: Program, _ python: PythonOptions, _ stop: StopSignal) throws {
        let (settings, place, stored, environments) = try StoredPolicy.open(run, in: nil, program, python, stop)
        let sample = stored.makeSample(seed: seed)
        let end = Deadline.after(seconds: Self.seconds)
        var (round, episodes) = (UInt64(0), Self.episodes)
        while sample.count < Self.observations, !stop.isRequested, !end.isPast {
            let request = EvaluationRequest(
                identifier: 1, version: stored.version, episodes: episodes, seed: Seed.mix(seed, round), rule: settings.actingRule,
                scalars: settings.actingScalars, plans: false)
            _ = try stored.play(request, in: place, environments, sample: sample, shouldStop: { stop.isRequested || end.isPast })
            (round, episodes) = (round + 1, 4 * episodes)
        }
        guard !stop.isRequested else { throw CommandError("interrupted") }
        let view = try stored.view(of: sample, .whole, arePolicyValues: settings.actionValues != nil, seed: seed)
        let page = Content(
            title: run,
            subtitle: """
                \(place.title), \(settings.algorithm), checkpoint \(stored.version): \(view.count) observations of episodes by the \
                rule \(settings.actingRule)
                """,
            parts: place.action.parts, model: stored.modules, view: view)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Nothing in it can end the element that it stands in.
        let json = String(decoding: try encoder.encode(page), as: UTF8.self).replacing("</", with: "<\\/")
        html = String(decoding: PackageResources.latents_html, as: UTF8.self).replacing("VIEW_JSON", with: json)
    }

    private struct Content: Encodable {
        let title: String
        let subtitle: String
        /// Of an action that is chosen.
        let parts: [Int]
        let model: [StoredPolicy.Module]
        let view: LatentView
    }
}

extension StoredPolicy {
    /// Parameters under one name.
    struct Module: Encodable {
        let module: String
        let count: Int
        /// Of its weights.
        let shapes: [String]
    }

    /// In the order of the parameters.
    var modules: [Module] {
        policy.modules.map { name in
            let own = policy.layout.slots.filter { ParameterSpec.module(of: $0.name) == name }
            let weights = own.filter { $0.dims.count > 1 }.map { $0.dims.map(String.init).joined(separator: "×") }
            return Module(module: name, count: own.reduce(0) { $0 + $1.count }, shapes: weights)
        }
    }
}

extension LatentPage {
    func write(to path: String) throws {
        print("\(try OutputFile.write(Array(html.utf8), to: path)): open it in a browser")
    }
}
