extension KeyTable {
    /// Puts the values of a run file into `root`. On an error `root` is as before.
    package func apply(_ file: RunFile, to root: inout Root) throws(ConfigurationError) {
        try apply(file.settings, to: &root)
    }

    /// Puts the values of `--set key=value` into `root`, in order: a later one wins. On an error `root` is as before.
    package func apply(assignments: [String], to root: inout Root) throws(ConfigurationError) {
        var settings: [Setting] = []
        for assignment in assignments { settings += try Setting.list(assignment: assignment) }
        try apply(settings, to: &root)
    }

    /// What is wrong with the values of `root`, as a default that its own key doesn't allow; nil when nothing is.
    package func fault(inDefaults root: Root) -> String? {
        for key in keys {
            var copy = root
            let value = key.print(root)
            guard (try? apply(assignments: ["\(key.name)=\(value)"], to: &copy)) == nil else { continue }
            return "the default of \(key.name) is \(value), which is not allowed; it must be \(key.allowed)"
        }
        return nil
    }

    /// Puts values into `root`. On an error `root` is as before.
    package func apply(_ settings: [Setting], to root: inout Root) throws(ConfigurationError) {
        var changed = root
        for setting in settings {
            if let (key, member) = member(setting.name) {
                guard key.storeMember?(member, setting.value, &changed) == true else {
                    throw ConfigurationError(.invalidValue, "\(setting.place): \(setting.name): \(setting.value) is not allowed there")
                }
                continue
            }
            guard let key = self[setting.name] else {
                throw .unknown(
                    "key", setting.name, among: keys.map(\.name), at: setting.place,
                    listing: "`list --keys` prints all \(keys.count) keys with their defaults and reasons")
            }
            guard key.store(setting.value, &changed) else {
                throw ConfigurationError(
                    .invalidValue,
                    "\(setting.place): \(setting.name): \(setting.value) is not allowed; it must be \(key.allowed)")
            }
        }
        root = changed
    }
}
