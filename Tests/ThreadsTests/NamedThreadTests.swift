import Glibc
import StarlingThreads
import Testing

@Suite(.timeLimit(.minutes(1))) struct NamedThreadTests {
    /// What the kernel calls the calling thread.
    private static func kernelName() -> String {
        guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, 64, file) != nil else { return "" }
        return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init), as: UTF8.self)
    }

    @Test(arguments: [("session", "session"), ("a name far too long", "a name far too ")])
    func theKernelKnowsItsName(name: String, kernel: String) {
        let seen = Mailbox<String>(capacity: 1)
        let thread = NamedThread(name) { seen.offer(Self.kernelName()) }
        thread.join()
        #expect(seen.poll() == kernel)
        #expect(Self.kernelName() != kernel)
    }

    @Test func joinWaitsForTheEndOfTheBody() {
        let (go, done) = (Mailbox<Int>(capacity: 1), Mailbox<Bool>(capacity: 1))
        let thread = NamedThread("worker") {
            _ = go.take(before: .after(seconds: 30))
            usleep(20_000)
            done.offer(true)
        }
        go.offer(1)
        thread.join()
        #expect(done.poll() == true)
    }

    @Test func theBodyIsReleasedWithItsThread() {
        final class Witness: Sendable {
            let released: Mailbox<Bool>
            init(_ released: Mailbox<Bool>) { self.released = released }
            deinit { released.offer(true) }
        }
        let released = Mailbox<Bool>(capacity: 1)
        func start() -> NamedThread {
            let witness = Witness(released)
            return NamedThread("worker") { withExtendedLifetime(witness) {} }
        }
        start().join()
        #expect(released.take(before: .after(seconds: 10)) == true)
    }
}
