import StarlingThreads

/// Runs a body that may block on a thread of its own, so that it holds none of the test pool's.
func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    let result = Mailbox<Result>(capacity: 1)
    let thread = await withCheckedContinuation { continuation in
        let own = Mailbox<NamedThread>(capacity: 1)
        own.offer(
            NamedThread("test") {
                result.offer(body())
                continuation.resume(returning: own.take(before: .after(seconds: 30))!)
            })
    }
    thread.join()
    return result.poll()!
}
