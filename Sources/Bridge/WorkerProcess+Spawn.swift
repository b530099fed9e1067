import CStarlingKernels
import Glibc

extension WorkerProcess {
    /// Variables of a worker's environment: one thread each, for the cores are stepped on by all workers together, and no window.
    private static let variables = [
        "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1", "SDL_VIDEODRIVER=dummy",
        "SDL_AUDIODRIVER=dummy", "PYGAME_HIDE_SUPPORT_PROMPT=1", "PYTHONUNBUFFERED=1",
    ]

    /// The program of a worker, as a file without a name.
    static func script() throws(WorkerFault) -> Int32 {
        let descriptor = starling_make_memory("starling_env_worker.py")
        guard descriptor >= 0 else { throw fault("no memory for a worker's program") }
        let bytes = PackageResources.starling_env_worker_py
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw fault("no memory for a worker's program") }
        lseek(descriptor, 0, SEEK_SET)
        return moved([descriptor])[0]
    }

    /// Numbers from 10 on: a duplicate onto its own number would keep close-on-exec.
    static func moved(_ descriptors: [Int32]) -> [Int32] {
        descriptors.map { descriptor in
            defer { close(descriptor) }
            return fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        }
    }

    static func fault(_ what: String) -> WorkerFault { .refused("\(what): \(String(cString: strerror(errno)))") }

    /// Starts Python with these descriptors as 3 and up, in a group of its own: Ctrl-C is for the actor, which ends it.
    /// - Returns: the process, or an error's number.
    static func spawn(_ program: String, _ descriptors: [Int32], output: Int32) -> (process: pid_t, code: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        for (place, descriptor) in descriptors.enumerated() { posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + place)) }
        _ = starling_close_from(&actions, Int32(3 + descriptors.count))
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup("/proc/self/fd/3"), nil]
        let own = Self.variables.map { strdup($0) }
        let texts = arguments + own
        defer { for text in texts { free(text) } }
        var inherited = own
        var variable = environ
        while let text = variable.pointee {
            // What lets an actor in is none of an environment's business.
            if strncmp(text, "STARLING_KEY=", 13) != 0, !isOwn(text) { inherited.append(text) }
            variable += 1
        }
        inherited.append(nil)
        var process = pid_t()
        let code = posix_spawnp(&process, program, &actions, &attributes, &arguments, &inherited)
        return (process, code)
    }

    private static func isOwn(_ text: UnsafePointer<CChar>) -> Bool {
        let name = String(cString: text).prefix { $0 != "=" }
        return variables.contains { $0.prefix { $0 != "=" } == name }
    }
}
