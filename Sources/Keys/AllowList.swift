import Glibc
package import StarlingZeroMQ

/// The public keys of a learner's actors, those that may come in and those that no longer may.
package struct AllowList: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var name: String
        package var key: CurveKey
        /// UTC, as in 2026-11-21T14:00:00Z.
        package var since: String
        /// When it was revoked; nil: it is good.
        package var revoked: String?
    }

    package enum Verdict: Hashable, Sendable {
        case admitted(name: String)
        case revoked(name: String, since: String)
        case unknown
    }

    package private(set) var entries: [Entry] = []
    /// Lines that can't be read, which let nobody in.
    package private(set) var faults: [String] = []

    package init() {}

    /// Reads lines `name key since [revoked]`.
    package init(text: String) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("# ") else { continue }
            let words = line.split(separator: " ").map { String($0) }
            guard (3...4).contains(words.count), let key = CurveKey(text: words[1]), (try? KeyName.check(words[0])) != nil
            else {
                faults.append("line \(index + 1) can't be read and lets nobody in")
                continue
            }
            entries.append(Entry(name: words[0], key: key, since: words[2], revoked: words.count == 4 ? words[3] : nil))
        }
    }

    package var text: String {
        "# Who may connect: name, public key, since when; behind a revoked key, since when that.\n"
            + entries.map { entry in
                "\(entry.name) \(entry.key.text) \(entry.since)\(entry.revoked.map { " \($0)" } ?? "")\n"
            }.joined()
    }

    /// Whether the holder of this key may come in. Of a key that is listed twice the last line counts.
    package func verdict(on key: CurveKey) -> Verdict {
        guard let entry = entries.last(where: { $0.key == key }) else { return .unknown }
        if let revoked = entry.revoked { return .revoked(name: entry.name, since: revoked) }
        return .admitted(name: entry.name)
    }

    /// - Throws: when another key has this name.
    mutating func enrol(_ name: String, _ key: CurveKey, at time: String) throws(KeyError) {
        if let other = entries.first(where: { $0.name == name && $0.revoked == nil }) {
            guard other.key != key else { throw KeyError("\(name) (\(key.fingerprint)) is enrolled already, since \(other.since)") }
            throw KeyError(
                "another key (\(other.key.fingerprint)) has the name \(name): revoke that one first (starling revoke \(name)), or take another name"
            )
        }
        if let other = entries.first(where: { $0.key == key && $0.revoked == nil }) {
            throw KeyError("this key (\(key.fingerprint)) is enrolled already, as \(other.name)")
        }
        entries.removeAll { $0.key == key }
        entries.append(Entry(name: name, key: key, since: time, revoked: nil))
    }

    mutating func revoke(_ name: String, at time: String) throws(KeyError) -> CurveKey {
        guard let index = entries.firstIndex(where: { $0.name == name && $0.revoked == nil }) else {
            if let past = entries.last(where: { $0.name == name }), let since = past.revoked {
                throw KeyError("\(name) was revoked already, at \(since)")
            }
            let names = entries.filter { $0.revoked == nil }.map(\.name)
            throw KeyError("no key has the name \(name); enrolled are: \(names.isEmpty ? "none" : names.joined(separator: ", "))")
        }
        entries[index].revoked = time
        return entries[index].key
    }

    /// Now, in UTC.
    static var now: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
