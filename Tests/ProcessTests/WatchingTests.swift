import Foundation
import Testing

extension Processes {
    /// The learner's HTTP door, as supervisors, Prometheus and strangers see it.
    @Suite struct Watching {
        private static let endless = ["--set", "goal.enabled=false", "--frames", "100000000"]

        /// A run that trains, where it is watched, and its port.
        private func train(_ run: String, _ further: String...) throws -> (program: Program, port: UInt16) {
            let program = try Program.starling(["train", "cartpole", "--run", run, "--actors", "1"] + Self.endless + further)
            return (program, try port(of: program))
        }

        private func port(of program: Program) throws -> UInt16 {
            #expect(program.waits(for: "watch it at http://", seconds: 20), "\(program.everything)")
            let line = try #require(program.everything.firstMatch(of: /watch it at http:\/\/[^:]+:([0-9]+)/))
            return try #require(UInt16(line.output.1))
        }

        private func samples(_ text: String) -> [String: Double] {
            var samples: [String: Double] = [:]
            for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("starling_") || line.hasPrefix("process_") {
                let space = line.lastIndex(of: " ")!
                samples[String(line[..<space])] = Double(line[line.index(after: space)...])
            }
            return samples
        }

        @Test func everyRunIsWatchedAtAPortOfItsOwnAndSaysWhere() async throws {
            try await onThread {
                let scratch = try Scratch()
                let first = try train(scratch.path("a"))
                let second = try train(scratch.path("b"))
                #expect(first.port != second.port)
                for (run, name) in [(first, "a"), (second, "b")] {
                    #expect(
                        eventually(within: 20) {
                            WebClient.get("/readyz", port: run.port)?.hasPrefix("HTTP/1.1 200") == true
                                && samples(WebClient.get("/metrics", port: run.port) ?? "")["starling_updates_total"] ?? 0 > 10
                        })
                    #expect(WebClient.get("/livez", port: run.port)?.hasPrefix("HTTP/1.1 200") == true)
                    let addresses = try String(contentsOfFile: scratch.path("\(name)/address"), encoding: .utf8).split(separator: "\n")
                    #expect(
                        addresses.count == 2 && addresses[0].hasPrefix("tcp://127.0.0.1:") && addresses[1] == "http://127.0.0.1:\(run.port)"
                    )
                    // Whoever finds the file can send an actor.
                    let doctor = try Program.actor("doctor", "--learner", String(addresses[0]))
                    #expect(doctor.wait(seconds: 20) == 0, "\(doctor.everything)")
                }
                let all = samples(try #require(WebClient.get("/metrics", port: first.port)))
                let fates = all.filter { $0.key.hasPrefix("starling_unrolls_total") }.values.reduce(0, +)
                #expect(fates + (all["starling_unrolls_pending"] ?? -1) == all["starling_unrolls_acknowledged_total"])
                #expect(all["starling_ledger_imbalance_unrolls"] == 0 && fates > 0)
                #expect(abs((all["process_start_time_seconds"] ?? 0) - Date().timeIntervalSince1970) < 60)
                for run in [first.program, second.program] { run.signal(SIGINT) }
                for run in [first.program, second.program] { #expect(run.wait(seconds: 20) == 0) }
                #expect(!FileManager.default.fileExists(atPath: scratch.path("a/address")))
                #expect(WebClient.get("/livez", port: first.port) == nil)
                // Counters of a start begin at 0; the run's go on.
                let frames = try #require(scratch.json("a/summary.json")["frames"] as? Double)
                let resumed = try Program.starling(["train", "--resume", "--run", scratch.path("a")])
                let port = try port(of: resumed)
                #expect(eventually(within: 20) { samples(WebClient.get("/metrics", port: port) ?? "")["starling_frames_total"] ?? 0 > 0 })
                let later = samples(try #require(WebClient.get("/metrics", port: port)))
                let (now, before) = (try #require(later["starling_run_frames"]), try #require(later["starling_frames_total"]))
                #expect(now - before == frames, "\(now) - \(before) after \(frames)")
                let sum = later.filter { $0.key.hasPrefix("starling_unrolls_total") }.values.reduce(0, +)
                #expect(sum + (later["starling_unrolls_pending"] ?? -1) == later["starling_unrolls_acknowledged_total"])
                resumed.signal(SIGINT)
                #expect(resumed.wait(seconds: 20) == 0)
            }
        }

        @Test func aPortThatIsNamedAndTakenIsToldAndNothingBegins() async throws {
            try await onThread {
                let scratch = try Scratch()
                let first = try train(scratch.path("a"))
                for (address, words) in [
                    ("127.0.0.1:\(first.port)", "another program has that port"), ("203.0.113.7:80", "choose an address of this machine"),
                    ("nonsense", "--http takes HOST:PORT"),
                ] {
                    let second = try Program.starling("train", "cartpole", "--run", scratch.path("b"), "--http", address)
                    let status = try #require(second.wait(seconds: 20))
                    #expect(status != 0 && second.standardError.contains(words), "\(second.everything)")
                    #expect(!FileManager.default.fileExists(atPath: scratch.path("b")))
                }
                let silent = try Program.starling(
                    "train", "cartpole", "--serial", "--frames", "2000", "--http", "off", "--run", scratch.path("c"))
                #expect(silent.wait(seconds: 30) == 0 && !silent.everything.contains("watch it at"))
            }
        }

        /// The token, the learner's own key and the run's secret are searched for in all that is told.
        @Test func beyondThisMachineNothingIsToldWithoutTheTokenAndNoSecretEver() async throws {
            try await onThread {
                let scratch = try Scratch()
                let keygen = try Program.starling("keygen", scratch.path("keys"), "farm")
                #expect(keygen.wait(seconds: 10) == 0)
                let planted = "planted-secret-\(UUID().uuidString)"
                let learner = try Program(
                    "starling",
                    [
                        "learner", "cartpole", "--run", scratch.path("run"), "--keys", scratch.path("keys"), "--bind", "tcp://127.0.0.1:*",
                        "--http", "0.0.0.0:0",
                        "--log-level", "debug",
                    ], environment: ["PLANTED": planted])
                let port = try port(of: learner)
                let token = try String(contentsOfFile: scratch.path("run/http-token"), encoding: .utf8).trimmingCharacters(in: .newlines)
                let mode = try FileManager.default.attributesOfItem(atPath: scratch.path("run/http-token"))[.posixPermissions] as? Int
                #expect(token.count == 32 && mode == 0o600)
                for path in ["/", "/metrics", "/metrics?token=\(token)x"] {
                    #expect(WebClient.get(path, port: port)?.hasPrefix("HTTP/1.1 401") == true)
                }
                #expect(eventually(within: 10) { WebClient.get("/readyz", port: port)?.hasPrefix("HTTP/1.1 200") == true })
                #expect(WebClient.get("/?token=\(token)", port: port)?.hasPrefix("HTTP/1.1 303") == true)
                var told = ""
                for path in ["/", "/metrics", "/livez", "/nowhere"] {
                    let answer = try #require(WebClient.get(path, port: port, headers: ["Authorization: Bearer \(token)"]))
                    #expect(!answer.hasPrefix("HTTP/1.1 401"))
                    told += answer
                }
                #expect(told.contains("starling_run_info"))
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                told += learner.everything
                for name in ["config.yaml", "metrics.jsonl", "summary.json", "ledger.json"] {
                    told += try String(contentsOfFile: scratch.path("run/\(name)"), encoding: .utf8)
                }
                let keyFile = try String(contentsOfFile: scratch.path("keys/learner.key"), encoding: .utf8)
                let keys = keyFile.split(whereSeparator: \.isWhitespace).filter { $0.count >= 32 }.map(String.init)
                #expect(!keys.isEmpty)
                let secretKey = try #require(
                    keyFile.split(separator: "\n").first { $0.contains("secret") }?.split(separator: " ").last.map(String.init))
                for secret in [token, planted, secretKey] { #expect(!told.contains(secret), "\(secret)") }
            }
        }

        /// Slow and hostile clients in number: the run goes on as if there were none.
        @Test func hostileClientsChangeNothing() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = try train(scratch.path("run"))
                var held: [WebClient] = []
                for round in 0..<300 {
                    guard let client = try? WebClient(port: run.port) else { continue }
                    switch round % 5 {
                    case 0: client.send("GET /metrics HTTP/1.1\r\nHost: loc")
                    case 1:
                        client.send("POST /metrics HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n" + String(repeating: "x", count: 10_000))
                    case 2: client.send(String(repeating: "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 100))
                    case 3: client.send(String(repeating: "\u{0}\u{1}é", count: 5000))
                    default: break
                    }
                    held.append(client)
                }
                var frames = 0.0
                for _ in 0..<5 {
                    #expect(
                        eventually(within: 10) {
                            let now = samples(WebClient.get("/metrics", port: run.port) ?? "")["starling_frames_total"] ?? 0
                            defer { frames = max(frames, now) }
                            return now > frames
                        })
                }
                let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.program.identifier)/fd").count
                #expect(threads < 200)
                withExtendedLifetime(held) {}
                run.program.signal(SIGINT)
                #expect(run.program.wait(seconds: 20) == 0)
                expectBalance(try #require(scratch.json("run/summary.json")["ledger"] as? [String: Any]))
            }
        }

        private static let prometheus = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].first(
            where: FileManager.default.isExecutableFile)

        @Test(.enabled(if: prometheus != nil, "Debian's prometheus is not installed"))
        func prometheusScrapesARun() async throws {
            try await onThread {
                let scratch = try Scratch()
                let token = scratch.path("token")
                try "a-token-of-the-user-0123456789\n".write(toFile: token, atomically: true, encoding: .utf8)
                let run = try train(scratch.path("run"), "--http", "127.0.0.1:0", "--http-token", token)
                let rules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
                    "../../deploy/prometheus/starling.rules.yml")
                try """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: [\(rules.standardized.path)]
                scrape_configs:
                - job_name: starling
                  authorization: {credentials_file: \(token)}
                  static_configs: [{targets: ["127.0.0.1:\(run.port)"]}]
                """.write(toFile: scratch.path("prometheus.yml"), atomically: true, encoding: .utf8)
                let port = UInt16(freePort())
                let prometheus = try Program(
                    Self.prometheus!,
                    [
                        "--config.file=\(scratch.path("prometheus.yml"))", "--storage.tsdb.path=\(scratch.path("data"))",
                        "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
                    ])
                func ask(_ query: String) -> Double? {
                    let path = "/api/v1/query?query=" + query.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
                    guard let answer = WebClient.get(path, port: port), let body = answer.firstRange(of: "\r\n\r\n"),
                        let json = try? JSONSerialization.jsonObject(with: Data(answer[body.upperBound...].utf8)) as? [String: Any],
                        let result = (json["data"] as? [String: Any])?["result"] as? [[String: Any]],
                        let value = result.first?["value"] as? [Any]
                    else { return nil }
                    return (value.last as? String).flatMap(Double.init)
                }
                #expect(eventually(within: 40) { ask("rate(starling_frames_total[5s]) > 0") != nil }, "\(prometheus.everything)")
                #expect(ask("up{job=\"starling\"}") == 1)
                #expect(ask("sum(starling_unrolls_total) + sum(starling_unrolls_pending) - sum(starling_unrolls_acknowledged_total)") == 0)
                #expect(try #require(ask("histogram_quantile(0.5, starling_policy_lag_updates_bucket)")) >= 0)
                #expect(ask("starling_run_info{algorithm=\"vtrace\",environment=\"CartPole-v1\"}") == 1)
                #expect(try #require(ask("sum(starling_actors)")) == 1 && ask("starling_actors_wanted") != nil)
                // Nothing is wrong with it, and its rules are evaluated.
                #expect(ask("count(ALERTS) or vector(0)") == 0)
                #expect(WebClient.get("/api/v1/rules", port: port)?.contains("StarlingLedgerUnbalanced") == true)
                run.program.signal(SIGINT)
                #expect(run.program.wait(seconds: 20) == 0)
                #expect(eventually(within: 10) { ask("up{job=\"starling\"}") == 0 })
                prometheus.signal(SIGTERM)
                #expect(prometheus.wait(seconds: 10) == 0)
            }
        }
    }
}
