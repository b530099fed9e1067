import StarlingHTTP

extension Door {
    /// A learner that has told nothing for so long hangs; a step takes less.
    private static let silenceSeconds = 120.0

    /// The answers for a supervisor: status 200, or 503 with a line that says why; nil for other paths.
    static func probe(_ request: HTTPRequest, _ watch: RunWatch) -> HTTPAnswer? {
        switch request.path {
        case "/livez":
            let silence = watch.silence
            // Checkpoints and journals of any size are read before the loop begins.
            guard watch.now.stage != .starting, silence > silenceSeconds else { return .response(.line(.ok, "ok", headers: headers)) }
            return .response(.line(.unavailable, "the learner's loop has told nothing for \(Int(silence)) s", headers: headers))
        case "/readyz":
            return switch watch.now.stage {
            case .ready, .awaitingEnvironment: .response(.line(.ok, "ok", headers: headers))
            case .starting: .response(.line(.unavailable, "starting: checkpoint and journal are read", headers: headers))
            case .ending: .response(.line(.unavailable, "ending", headers: headers))
            }
        default: return nil
        }
    }
}
