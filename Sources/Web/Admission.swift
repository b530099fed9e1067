import StarlingHTTP

/// Who may look.
struct Admission: Sendable {
    /// nil: whoever can reach the door, which is then on loopback.
    let token: AccessToken?

    /// - Parameter port: of the door.
    /// - Returns: what is answered instead; nil for who may.
    func refusal(_ request: HTTPRequest, port: UInt16) -> HTTPResponse? {
        guard let token else { return stranger(request) }
        // Browsers share a machine's cookies among its ports.
        let cookie = "starling-\(port)"
        if let authorization = request.headers["authorization"] {
            let words = authorization.split(separator: " ", maxSplits: 1)
            if words.count == 2, words[0].lowercased() == "bearer", token.matches(words[1]) { return nil }
        } else if let given = request.query["token"] {
            // From the address into a cookie, so that it stands in no history and no referrer.
            if token.matches(given) {
                return .line(
                    .seeOther, "welcome",
                    headers: Door.headers + [
                        .init("Location", "/"),
                        .init("Set-Cookie", "\(cookie)=\(given); Path=/; HttpOnly; SameSite=Strict"),
                    ])
            }
        } else if let known = request.cookie(cookie), token.matches(known) {
            return nil
        }
        return .line(
            .unauthorized, "this needs the token in the file http-token of the run: Authorization: Bearer TOKEN, or once ?token=TOKEN",
            headers: Door.headers + [.init("WWW-Authenticate", "Bearer")])
    }

    /// A web site may have a browser of this machine ask here under the site's own name (DNS rebinding): only this machine's names are answered to.
    private func stranger(_ request: HTTPRequest) -> HTTPResponse? {
        var host = Substring(request.headers["host"] ?? "localhost")
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") { host = host[..<colon] }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !HTTPAddress.isLoopback(String(host)) else { return nil }
        return .line(
            .misdirected,
            "only this machine is answered here, as localhost or 127.0.0.1; for others start the learner with --http 0.0.0.0:PORT",
            headers: Door.headers)
    }
}
