import StarlingExperience

/// Workers that are the user's Python.
struct PythonWorker: WorkerKind {
    private let settings: PythonSettings
    private let options: GymnasiumOptions

    init(_ settings: PythonSettings, _ options: GymnasiumOptions) { (self.settings, self.options) = (settings, options) }

    var bearing: FaultBearing { settings.bearing }
    var renders: Bool { settings.renders }
    var savesState: Bool { false }
    var stepSeconds: Double { options.stepSeconds }
    var resetSeconds: Double { options.resetSeconds }

    /// One thread each, for the cores are stepped on by all workers together, and no window.
    private static let variables = [
        "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1", "SDL_VIDEODRIVER=dummy",
        "SDL_AUDIODRIVER=dummy", "PYGAME_HIDE_SUPPORT_PROMPT=1", "PYTHONUNBUFFERED=1",
    ]

    func start(_ memory: WorkerMemory, title: String) throws(WorkerFault) -> WorkerProcess {
        let program = WorkerProgram(
            path: settings.program, arguments: ["/proc/self/fd/3"], variables: Self.variables,
            script: ("starling_env_worker.py", PackageResources.starling_env_worker_py),
            remedy: "; name a Python that has gymnasium by --python PATH")
        return try WorkerProcess(
            program, memory: memory, title: title, logger: settings.logger, isStopping: settings.isStopping)
    }

    func greet(_ worker: WorkerProcess, width: Int?, masksActions: Bool?) throws(WorkerFault) -> WorkerDescription {
        var module = "null"
        if let name = options.module {
            guard let path = settings.modules[name] else {
                throw .refused(
                    "it comes with the module \(name), which nobody here allowed to be imported: start the actor with --module \(name), or "
                        + "--module PATH/\(name).py")
            }
            module = "{\"name\": \(PrintableText.quoted(name)), \"path\": \(path.map(PrintableText.quoted) ?? "null")}"
        }
        try worker.send(
            """
            {"options": \(options.told.json), "module": \(module), "render": \(settings.renders), "width": \(width ?? 0), \
            "examine": \(width == nil), "masks": \(masksActions.map { "\($0)" } ?? "null")}
            """)
        var described = try described(worker)
        // As whoever names them in the recipe says; a step without them is a fault.
        described.tellsCost = options.told["cost"] != nil
        return described
    }

    func order(for layout: WorkerMemory.Layout) -> String { layout.json }
}
