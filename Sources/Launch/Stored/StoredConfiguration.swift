import COneDNN
import CZeroMQ
import Foundation
import StarlingConfiguration
import StarlingLaunchActor
import StarlingLearning
import StarlingStorage

/// `config.yaml`: the effective configuration of a run, itself a recipe that `train` and `learner` take.
enum StoredConfiguration {
    /// - Parameter file: what the recipe says; nil where it can't be read any more.
    static func text(of settings: RunSettings, recipe: String, _ file: RunFile?) -> String {
        """
        # The effective configuration of this run; `starling train` takes it as a recipe. A value that is not the default says so behind it.
        \(recipeMark)\(recipe)
        # versions: \(Build.description), \(LibraryVersions.description)
        # tuning: \(settings.train.tuning == .fixed ? "kernels chosen by shape" : "large products' kernels chosen by timing, see tuning.json")

        \(settings.keys.yaml(of: settings, reasons: true, mark: marks(of: settings, file)))
        """
    }

    /// Of each key: that it is other than the recipe says, or that it is the recipe's.
    private static func marks(of settings: RunSettings, _ file: RunFile?) -> (Key<RunSettings>) -> String? {
        let defaults = RunSettings(algorithms: settings.algorithms)
        var recipe = defaults
        let isKnown = file.map { (try? recipe.apply($0)) != nil } ?? false
        let own = Dictionary(uniqueKeysWithValues: settings.keys.differences(of: settings, from: recipe).map { ($0.name, $0.other) })
        let written = Dictionary(uniqueKeysWithValues: settings.keys.differences(of: settings, from: defaults).map { ($0.name, $0.other) })
        return { key in
            if isKnown, let value = own[key.name] { return "here; the recipe has \(value)" }
            return written[key.name].map { "\(isKnown ? "the recipe's; " : "")default \($0)" }
        }
    }

    /// The recipe that the run was last started with; nil when the file doesn't say.
    static func recipe(_ paths: RunPaths) -> String? {
        guard let text = try? String(contentsOfFile: paths.configuration, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix(recipeMark) }.map { String($0.dropFirst(recipeMark.count)) }
    }

    private static let recipeMark = "# recipe: "

    static func read(_ paths: RunPaths) throws(ConfigurationError) -> RunFile { try RunFile(path: paths.configuration) }
}

/// The libraries that this process runs with.
enum LibraryVersions {
    static var description: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        let dnn = dnnl_version().pointee
        return "libzmq \(major).\(minor).\(patch), oneDNN \(dnn.major).\(dnn.minor).\(dnn.patch)"
    }
}
