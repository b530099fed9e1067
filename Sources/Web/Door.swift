package import StarlingHTTP
import StarlingMonitoring
import Synchronization

/// The learner's HTTP door: whether it is well, for supervisors; what it does, for Prometheus and for people.
///
/// On this machine's loopback everybody may look who has an account here; beyond it only with the run's token. `/livez` and `/readyz` need none:
/// they tell a supervisor yes or no.
package final class Door: Sendable {
    /// Where it can be reached from this machine.
    package let address: HTTPAddress
    private let server: HTTPServer

    /// Opens it.
    package init(_ address: HTTPAddress, token: AccessToken?, _ watch: RunWatch) throws(HTTPError) {
        let port = Mutex<UInt16>(address.port)
        let guards = Admission(token: token)
        server = try HTTPServer(address) { request in
            let port = port.withLock { $0 }
            if let answer = Self.probe(request, watch) { return answer }
            if let refusal = guards.refusal(request, port: port) { return .response(refusal) }
            return Self.answer(request, watch)
        }
        let chosen = server.port
        port.withLock { $0 = chosen }
        self.address = HTTPAddress(host: address.host, port: chosen)
        watch.perform(
            for: RunWatch.Audience(count: { [weak server] in server?.streamCount ?? 0 }, tell: { [weak server] in server?.publish($0) }))
    }

    /// Closes it, once answers under way are out.
    package func close() { server.stop() }

    private static func answer(_ request: HTTPRequest, _ watch: RunWatch) -> HTTPAnswer {
        switch request.path {
        case "/metrics":
            let format = Exposition.Format(accept: request.headers["accept"])
            return .response(HTTPResponse(.ok, type: format.contentType, headers: headers, watch.metrics(format)))
        case "/events": return .events(headers: headers, first: Array("retry: 1000\n".utf8) + watch.greeting())
        case "/history":
            let points = request.query["points"].flatMap { Int($0) } ?? 500
            let json = watch.history(points: min(max(points, 2), 2000))
            return .response(HTTPResponse(.ok, type: "application/json", headers: headers, json))
        case "/latents":
            guard let view = request.query["number"].flatMap({ Int($0) }).flatMap(watch.latentView) else {
                return .response(.line(.notFound, "this view is not kept any more", headers: headers))
            }
            return .response(HTTPResponse(.ok, type: "application/json", headers: headers, view))
        default:
            return .response(Page.file(request.path) ?? .line(.notFound, "there is / /metrics /livez /readyz", headers: headers))
        }
    }

    /// What every answer says of itself: nobody is to keep it, guess at its type, or put it into a frame.
    static let headers: [HTTPResponse.Header] = [
        .init("Cache-Control", "no-store"), .init("X-Content-Type-Options", "nosniff"), .init("Referrer-Policy", "no-referrer"),
        .init("X-Frame-Options", "DENY"),
    ]
}
