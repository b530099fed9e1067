/// Why an actor has no session, for people.
package struct Disconnect: Hashable, Sendable, CustomStringConvertible {
    /// What was found.
    package var finding: String
    /// How to mend it; empty: it passes by itself.
    package var remedy: String
    /// The same in few words, for lines that repeat it.
    package var brief: String
    /// Another try soon would find the same.
    package var isLasting: Bool
    /// What is known of a handshake that failed; nil: none did.
    package var handshake: Handshake?

    /// One cause is seen clearly at one try and not at another: the learner's end may come before its reason does.
    package enum Handshake: Sendable { case clear, vague }

    package init(
        _ finding: String, remedy: String = "", brief: String? = nil, isLasting: Bool = false, handshake: Handshake? = nil
    ) {
        self.finding = finding
        self.remedy = remedy
        self.brief = brief ?? finding
        self.isLasting = isLasting
        self.handshake = handshake
    }

    /// In one line.
    package var description: String { remedy.isEmpty ? finding : "\(finding); \(remedy)" }
}
