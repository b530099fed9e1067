import CStarlingKernels
import Glibc

/// An operating system's thread with a name that `top -H` and `perf` show. It must be joined.
public final class NamedThread: Sendable {
    private let handle: pthread_t

    /// Starts `body` on a new thread. `name` is cut to the kernel's 15 bytes.
    public init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { raw in
                let body = Unmanaged<Body>.fromOpaque(raw!).takeRetainedValue()
                starling_name_thread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        precondition(code == 0, "no thread for \(name): \(String(cString: strerror(code)))")
        self.handle = handle
    }

    /// Waits for the end of the body. Call it once.
    public func join() { pthread_join(handle, nil) }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) { (self.name, self.run) = (name, run) }
    }
}
