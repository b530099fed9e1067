import CStarlingKernels
import Glibc

/// A program to be started as a process: in a group of its own, so that Ctrl-C is for this process alone, with no signal blocked, with
/// no input, and without `STARLING_KEY`: what lets an actor in is no other's business.
package struct ChildProgram {
    /// Looked for in PATH where it has no slash.
    package var path: String
    /// Without its name.
    package var arguments: [String]
    /// Variables of its environment, each `NAME=value`, in the place of this process's.
    package var variables: [String]
    /// Descriptors that it gets, each with the number that it has there.
    package var descriptors: [(own: Int32, number: Int32)]
    /// It gets none from this number on; nil: those that close on exec.
    package var end: Int32?

    package init(
        _ path: String, _ arguments: [String] = [], variables: [String] = [], descriptors: [(own: Int32, number: Int32)], end: Int32? = nil
    ) {
        (self.path, self.arguments, self.variables, self.descriptors, self.end) = (path, arguments, variables, descriptors, end)
    }

    /// - Returns: the process, or an error's number.
    package func start() -> (process: Int32, code: Int32) {
        let words = ([path] + arguments).map { strdup($0) }
        let own = variables.map { strdup($0) }
        defer { for text in words + own { free(text) } }
        var inherited: [UnsafeMutablePointer<CChar>?] = own
        var variable = environ
        while let text = variable.pointee {
            if !isReplaced(String(cString: text)) { inherited.append(text) }
            variable += 1
        }
        var process: Int32 = 0
        let pairs = descriptors.flatMap { [$0.own, $0.number] }
        let code = starling_start(&process, path, words + [nil], inherited + [nil], pairs, Int32(descriptors.count), end ?? -1)
        return (process, code)
    }

    private func isReplaced(_ variable: String) -> Bool {
        let name = variable.prefix { $0 != "=" }
        return name == "STARLING_KEY" || variables.contains { $0.prefix { $0 != "=" } == name }
    }

    // MARK: Descriptors to give

    /// The same descriptors by numbers from 10 on, closed on exec: a duplicate onto its own number would stay so.
    /// - Returns: −1 for what can't be had.
    package static func moved(_ descriptors: [Int32]) -> [Int32] {
        descriptors.map { descriptor in
            guard descriptor >= 0 else { return -1 }
            defer { close(descriptor) }
            return fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        }
    }

    /// A pipe, ready to be given; nil with errno when there is none.
    package static func makePipe() -> (reading: Int32, writing: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        let moved = moved(ends)
        guard moved.allSatisfy({ $0 >= 0 }) else {
            let code = errno
            for end in moved where end >= 0 { close(end) }
            errno = code
            return nil
        }
        return (moved[0], moved[1])
    }
}
