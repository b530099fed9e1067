import StarlingAlgorithms
import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import StarlingTransport

extension RunSettings {
    /// First words of the keys that every run has.
    static var sections: [String] { words(of: RunSettings(algorithms: AlgorithmRegistry([]))) }

    private static func words(of settings: RunSettings) -> [String] {
        settings.keys.keys.compactMap { $0.name.split(separator: ".").first.map(String.init) }
    }

    /// Why batches should not wait in a queue and do; nil when they may, or don't.
    var queueWarning: String? {
        guard wantsNewestParameters, case .fixed(let batches) = pacing else { return nil }
        return
            "\(algorithm) can't correct for older parameters, and up to \(batches) batches wait in a queue: set batch.max_queued_batches to auto"
    }

    /// Keys of an algorithm that isn't here are unknown for that, not for a slip of the pen.
    /// - Throws: what is to be done about it.
    func check(sectionsOf file: [Setting]) throws(ConfigurationError) {
        if let named = file.last(where: { $0.name == "algorithm" }), case .scalar(let word) = named.value {
            do {
                _ = try algorithms.entry(named: word.text)
            } catch {
                throw ConfigurationError(error.code, "\(named.place): \(error.message)", choices: error.choices)
            }
        }
        let known = Self.words(of: self)
        for setting in file where setting.name.contains(".") {
            guard let section = setting.name.split(separator: ".").first.map(String.init), !known.contains(section),
                NearestName.hint(for: section, among: known) == nil
            else { continue }
            throw ConfigurationError(
                .unknownName,
                "\(setting.place): unknown key \"\(setting.name)\": no section and no algorithm of this program is called \(section); "
                    + "an algorithm of your own is added in the main file: Starling.main(algorithms: .builtIn.adding(Mine.self))")
        }
    }
}
