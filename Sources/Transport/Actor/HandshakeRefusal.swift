import StarlingKeys
import StarlingZeroMQ

/// What a failed handshake means for the one who wanted in: the cause where it can be known, else what it can be.
enum HandshakeRefusal {
    static func disconnect(_ fault: ZeroMQMonitor.HandshakeFault, _ key: ActorKey?) -> Disconnect {
        switch (fault, key) {
        case (.notAdmitted, let key?):
            Disconnect(
                "the learner doesn't let the key \(key.name) (\(key.pair.publicKey.fingerprint)) of \(key.path) in: it is not enrolled there, or was revoked",
                remedy: "on the learner's machine, starling keys shows who is enrolled, and starling enrol KEYFILE lets one in",
                brief: "the key \(key.name) is not let in", handshake: .clear)
        case (.mechanismsDiffer, let key?):
            Disconnect(
                "the learner there has no keys, and this was started with \(key.path)",
                remedy: "start the learner with --keys DIR, or this without --key", brief: "the learner has no keys", handshake: .clear)
        case (.mechanismsDiffer, nil), (.notAdmitted, nil):
            Disconnect(
                "the learner there wants a key",
                remedy:
                    "start this with --key FILE; on the learner's machine starling keygen DIR NAME makes the file, and starling enrol DIR/NAME.key lets it in",
                brief: "the learner wants a key", handshake: .clear)
        case (.keysDiffer, let key?), (.brokenOff, let key?), (.notZeroMQ, let key?):
            Disconnect(
                "the handshake was broken off: the learner's key is another than \(key.path) says, or the learner has no keys, or what listens there is not a Starling learner",
                remedy: "use a key file that starling keygen DIR NAME made with that learner's keys; without --key if it has none",
                brief: "the handshake is broken off", handshake: .vague)
        case (_, nil):
            Disconnect(
                "the handshake was broken off: the learner there wants a key, or what listens there is not a Starling learner",
                remedy:
                    "start this with --key FILE, which is made and let in on the learner's machine (starling keygen, starling enrol); mind the address",
                brief: "the handshake is broken off", handshake: .vague)
        }
    }
}
