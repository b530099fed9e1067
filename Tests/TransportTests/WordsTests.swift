import StarlingThreads
import StarlingTransport
import Testing

/// What people read when something is wrong: all of it once, then little.
@Suite("Words about what goes wrong")
struct WordsTests {
    let start = Deadline(nanoseconds: 1_000_000_000_000)
    static let key = Disconnect(
        "the learner there wants a key", remedy: "start this with --key FILE", brief: "the learner wants a key")
    static let broken = Disconnect("the handshake was broken off", remedy: "use a key file", brief: "it is broken off")

    @Test("An actor tells a cause and its remedy once, then short lines at growing intervals")
    func retries() throws {
        var log = RetryLog("tcp://far:5555", giveUpAfter: nil)
        var lines: [(second: Int, notice: Notice)] = []
        for second in stride(from: 0, to: 3600, by: 5) {
            // What is seen of it changes from one try to the next.
            let disconnect = second % 15 == 10 ? Self.broken : Self.key
            if let line = log.failed(disconnect, nextTryIn: 5, at: start.advanced(seconds: Double(second))) {
                lines.append((second, line))
            }
        }
        let whole = lines.filter { $0.notice.text.contains("--key FILE") || $0.notice.text.contains("use a key file") }
        #expect(whole.map(\.second) == [0, 10] && whole.allSatisfy { $0.notice.level == .warning })
        #expect(
            whole[0].notice.text
                == "no session with a learner at tcp://far:5555: the learner there wants a key; start this with --key FILE; trying again in 5.0 s, going on until there is one"
        )
        let short = lines.filter { $0.notice.level == .info }
        #expect((5...12).contains(short.count) && short.allSatisfy { $0.notice.text.count < 100 })
        #expect(short[0].notice.text == "still none: the learner wants a key, 2 tries in 5 s; retrying in 5.0 s")
        let gaps = zip(short, short.dropFirst()).map { $1.second - $0.second }
        #expect(gaps == gaps.sorted() && gaps.last! >= 600, "\(gaps)")
        // After a session all is news again.
        log.succeeded()
        #expect(log.failed(Self.key, nextTryIn: 0.1, at: start)?.level == .warning)
    }

    @Test("The last line of an actor that gives up has the cause's own remedy")
    func givingUp() {
        var log = RetryLog("tcp://far:5555", giveUpAfter: 60)
        #expect(log.farewell(after: 60).contains("see whether one runs there"))
        _ = log.failed(Self.key, nextTryIn: 5, at: start)
        #expect(
            log.farewell(after: 60)
                == "gave up: no session with a learner at tcp://far:5555 for 60 s; the learner there wants a key; start this with --key FILE"
        )
    }

    @Test("What was seen clearly at one try stays the cause when another shows less")
    func clarity() {
        var log = RetryLog("tcp://far:5555", giveUpAfter: 60)
        var (clear, vague) = (Self.key, Self.broken)
        (clear.handshake, vague.handshake) = (.clear, .vague)
        #expect(log.failed(vague, nextTryIn: 5, at: start) != nil)
        #expect(log.failed(clear, nextTryIn: 5, at: start) != nil)
        #expect(log.failed(vague, nextTryIn: 5, at: start) == nil)
        #expect(log.farewell(after: 60).contains("the learner there wants a key"))
    }

    @Test("A learner has one line for a peer and cause, then sums that grow rarer")
    func refusals() {
        let lines = Lines()
        var log = RefusalLog(lines.logger)
        var told: [Int] = []
        for second in 0..<3600 {
            let now = start.advanced(seconds: Double(second))
            let before = lines.all.count
            if second % 5 == 0 {
                // One actor without a key, whose connections have ports of their own and end now so, now otherwise.
                let causes: [RefusalLog.Cause] = [.withoutKey, .brokenOff(isKeyed: true), .notZeroMQ]
                log.tell(causes[second / 5 % 3], "10.0.0.7:\(40_000 + second)", at: now)
            }
            log.advance(to: now)
            if lines.all.count > before { told.append(second) }
        }
        #expect(lines.all[0] == "refused 10.0.0.7:40000: it came without a key; actors of this learner need --key FILE")
        #expect(lines.all[1] == "refused 10.0.0.7 2 more times in 10 s: it came without a key")
        #expect(lines.all.count < 12, "\(lines.all)")
        let gaps = zip(told, told.dropFirst()).map { $1 - $0 }
        #expect(gaps == gaps.sorted(), "\(gaps)")
        #expect(lines.all.allSatisfy { !$0.contains("port scan") })
    }

    @Test("Other peers and other causes have lines of their own; IPv6 too")
    func peers() {
        let lines = Lines()
        var log = RefusalLog(lines.logger)
        log.tell(.withoutKey, "10.0.0.7:1", at: start)
        log.tell(.withoutKey, "10.0.0.8:1", at: start)
        log.tell(.otherLearner, "10.0.0.7:2", at: start)
        log.tell(.unknownKey("aaaa", "keys"), "fe80::1", at: start)
        log.tell(.unknownKey("bbbb", "keys"), "fe80::1", at: start)
        log.tell(.withoutKey, "[fe80::1]:77", at: start)
        #expect(lines.all.count == 6)
        for port in 2..<50 { log.tell(.withoutKey, "[fe80::1]:\(port)", at: start) }
        #expect(lines.all.count == 6)
    }

    @Test("Ten thousand strangers leave a handful of lines and a bounded memory")
    func crowd() {
        let lines = Lines()
        var log = RefusalLog(lines.logger)
        for number in 0..<10_000 {
            let now = start.advanced(seconds: Double(number) / 100)
            log.tell(.notZeroMQ, "10.0.\(number / 250).\(number % 250):9", at: now)
            log.advance(to: now)
        }
        log.advance(to: start.advanced(seconds: 10_000))
        #expect(lines.all.count < 300, "\(lines.all.count)")
        let sums = lines.all.filter { $0.hasPrefix("refused others ") }
        let counted = sums.compactMap { Int($0.split(separator: " ")[2]) }.reduce(0, +)
        #expect(counted + lines.all.count { $0.contains("not ZeroMQ: another") } == 10_000)
        #expect(sums.count < 10)
    }
}
