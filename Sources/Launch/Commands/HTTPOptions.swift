import ArgumentParser
import Foundation
import Logging
import StarlingHTTP
import StarlingLaunchActor
import StarlingStorage
import StarlingWeb

/// Where a run can be watched, and by whom.
struct HTTPOptions: ParsableArguments {
    @Option(
        name: .customLong("http"),
        help: ArgumentHelp(
            "Where the run is watched by HTTP: HOST:PORT, or off (default: 127.0.0.1:\(Self.usualPort), or another port where that is taken).",
            valueName: "address"))
    var address: String?

    @Option(
        name: .customLong("http-token"),
        help: ArgumentHelp(
            "A file with the token that is asked for, as it is of everybody beyond this machine (default: RUN/http-token, which is made).",
            valueName: "file"))
    var tokenFile: String?

    private static let usualPort: UInt16 = 5580

    func validate() throws {
        if let address, address != "off", HTTPAddress(address) == nil {
            throw ValidationError(
                "--http takes HOST:PORT, as 127.0.0.1:\(Self.usualPort) or 0.0.0.0:\(Self.usualPort), or off, not \"\(address)\"")
        }
    }

    /// Opens the learner's door; nil where there is none.
    /// - Throws: where the user has named the address and it can't be had, or the token can't.
    func open(_ watch: RunWatch, _ directory: RunDirectory, _ logger: Logger) throws -> Door? {
        guard address != "off" else { return nil }
        let named = address.flatMap(HTTPAddress.init)
        let wanted = named ?? HTTPAddress(port: Self.usualPort)
        let token = try token(for: wanted, directory)
        do throws(HTTPError) {
            return try Door(wanted, token: token, watch)
        } catch {
            guard named == nil else {
                let remedy =
                    error.isPortTaken
                    ? "another program has that port: choose another, or end that one" : "choose an address of this machine"
                throw CommandError("\(error); \(remedy): --http \(wanted.host):PORT")
            }
        }
        // Another run has the usual port: this one takes any.
        do throws(HTTPError) {
            return try Door(HTTPAddress(port: 0), token: token, watch)
        } catch {
            logger.warning("this run can't be watched by HTTP: \(error)")
            return nil
        }
    }

    private func token(for address: HTTPAddress, _ directory: RunDirectory) throws -> AccessToken? {
        guard tokenFile != nil || !address.isLoopback else { return nil }
        let path = tokenFile ?? directory.paths.accessToken
        let text: String
        if tokenFile == nil {
            text = try directory.accessToken(AccessToken.random)
        } else {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandError("--http-token: can't read \(path): \(String(cString: strerror(errno)))")
            }
            text = String(decoding: data, as: UTF8.self)
        }
        guard let token = AccessToken(text) else {
            throw CommandError(
                "\(path) holds no token, which is one line of 16 letters and digits or more: head -c 24 /dev/urandom | base64 > FILE makes one"
            )
        }
        return token
    }

    /// For people and Prometheus: this machine's name stands for all interfaces.
    static func url(of door: Door) -> String {
        let all: Set = ["0.0.0.0", "::"]
        let host = all.contains(door.address.host) ? Host.name : door.address.host
        return "http://\(HTTPAddress(host: host, port: door.address.port).text)"
    }
}
