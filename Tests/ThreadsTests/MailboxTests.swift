import Glibc
import StarlingThreads
import Testing

@Suite(.timeLimit(.minutes(1))) struct MailboxTests {
    @Test func keepsTheOrderAroundItsRing() {
        let mailbox = Mailbox<Int>(capacity: 3)
        var (next, expected) = (0, 0)
        for round in 0..<50 {
            for _ in 0...round % 3 where mailbox.offer(next) { next += 1 }
            for _ in 0...(round + 1) % 3 {
                guard let message = mailbox.poll() else { continue }
                #expect(message == expected)
                expected += 1
            }
        }
        while let message = mailbox.poll() {
            #expect(message == expected)
            expected += 1
        }
        #expect(expected == next && next > 40)
    }

    @Test func isBounded() {
        let mailbox = Mailbox<Int>(capacity: 2)
        #expect(mailbox.offer(1) && mailbox.offer(2))
        #expect(!mailbox.offer(3))
        #expect(mailbox.count == 2)
        #expect(mailbox.poll() == 1)
        #expect(mailbox.offer(3))
    }

    @Test func waitsEndAtTheirDeadlines() async {
        let (taken, put, passed) = await onOwnThread {
            let mailbox = Mailbox<Int>(capacity: 1)
            let first = Deadline.after(seconds: 0.03)
            let taken = mailbox.take(before: first)
            var passed = first.isPast
            mailbox.offer(1)
            let second = Deadline.after(seconds: 0.03)
            let put = mailbox.put(2, before: second)
            passed = passed && second.isPast
            return (taken, put, passed)
        }
        #expect(taken == nil && !put && passed)
    }

    @Test func aPastDeadlineStillTakesWhatIsThere() async {
        let taken = await onOwnThread {
            let mailbox = Mailbox<Int>(capacity: 1)
            let put = mailbox.put(7, before: Deadline(nanoseconds: 0))
            return put ? mailbox.take(before: Deadline(nanoseconds: 0)) : nil
        }
        #expect(taken == 7)
    }

    @Test func closingWakesEverybodyAndKeepsWhatIsInside() async {
        let (taken, put) = await onOwnThread {
            let (empty, full) = (Mailbox<Int>(capacity: 1), Mailbox<Int>(capacity: 1))
            full.offer(1)
            let results = Mailbox<Bool>(capacity: 2)
            let taker = NamedThread("taker") { results.offer(empty.take(before: .after(seconds: 30)) == nil) }
            let putter = NamedThread("putter") { results.offer(!full.put(2, before: .after(seconds: 30))) }
            usleep(10_000)
            empty.close()
            full.close()
            taker.join()
            putter.join()
            let woken = (results.poll() ?? false) && (results.poll() ?? false)
            return (full.poll(), woken && !full.offer(3) && full.take(before: .after(seconds: 30)) == nil)
        }
        #expect(taken == 1, "what was inside can still be taken")
        #expect(put)
    }

    /// Every message of three producers arrives once, each producer's in its order.
    @Test func nothingIsLostBetweenThreads() async {
        let (count, ordered) = await onOwnThread {
            let mailbox = Mailbox<(producer: Int, number: Int)>(capacity: 4)
            let producers = (0..<3).map { producer in
                NamedThread("producer") {
                    for number in 0..<5000 { mailbox.put((producer, number), before: .after(seconds: 30)) }
                }
            }
            var next = [0, 0, 0]
            var (count, ordered) = (0, true)
            while count < 15_000, let message = mailbox.take(before: .after(seconds: 30)) {
                ordered = ordered && message.number == next[message.producer]
                next[message.producer] += 1
                count += 1
            }
            for producer in producers { producer.join() }
            return (count, ordered && mailbox.count == 0)
        }
        #expect(count == 15_000 && ordered)
    }
}
