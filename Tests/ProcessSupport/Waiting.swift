import Foundation

/// Asks again and again until it holds.
/// - Returns: whether it held before the time was over.
package func eventually(within seconds: Double, _ condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while !condition() {
        guard Date() < deadline else { return condition() }
        usleep(20_000)
    }
    return true
}

/// Runs a body that blocks on a thread of its own: the test runner's pool is small.
package func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}
