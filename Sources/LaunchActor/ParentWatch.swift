import Glibc
package import StarlingThreads

/// Ends this process with the one that started it, even after `kill -9`: the other end of a pipe closes with it.
package final class ParentWatch {
    private let thread: NamedThread
    private let stop: StopSignal
    private let descriptor: Int32

    /// - Parameter descriptor: the reading end of a pipe whose writing end only the parent holds.
    package init(descriptor: Int32, stop: StopSignal) {
        self.descriptor = descriptor
        self.stop = stop
        thread = NamedThread("parent") {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while !stop.isRequested {
                poller.revents = 0
                guard poll(&poller, 1, 200) > 0 else { continue }
                var byte: UInt8 = 0
                // Nothing of it is worth an orderly end when nobody is left to take it.
                if read(descriptor, &byte, 1) <= 0 { _exit(1) }
            }
        }
    }

    package func close() {
        stop.request()
        thread.join()
        Glibc.close(descriptor)
    }
}
