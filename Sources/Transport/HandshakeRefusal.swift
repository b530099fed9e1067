import StarlingKeys
import StarlingZeroMQ

/// What a failed handshake means for the one who wanted in: the cause where it can be known, else what it can be.
enum HandshakeRefusal {
    static func reason(_ fault: ZeroMQMonitor.HandshakeFault, _ key: ActorKey?) -> String {
        switch (fault, key) {
        case (.notAdmitted, let key?):
            return
                "the learner doesn't let the key \(key.name) (\(key.pair.publicKey.fingerprint)) of \(key.path) in: it is not enrolled there, or was revoked; on the learner's machine, starling keys shows who is enrolled, and starling enrol KEYFILE lets one in"
        case (.mechanismsDiffer, let key?):
            return
                "the learner there has no keys, and this actor was started with \(key.path): start the learner with --keys DIR, or the actor without --key"
        case (.mechanismsDiffer, nil), (.notAdmitted, nil):
            return
                "the learner there wants a key: start this actor with --key FILE, which is made and enrolled on the learner's machine (starling keygen DIR NAME, starling enrol DIR/NAME.key)"
        case (.keysDiffer, let key?), (.brokenOff, let key?), (.notZeroMQ, let key?):
            return
                "the handshake was broken off: the learner's key is another than \(key.path) says, or the learner has no keys (start this without --key then), or what listens there is not a Starling learner"
        case (_, nil):
            return "the handshake was broken off: the learner there wants a key (--key FILE), or what listens there is not a Starling learner"
        }
    }
}
