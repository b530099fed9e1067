import Glibc
import StarlingExperience
import StarlingLearning
package import StarlingMetrics
import StarlingThreads
import StarlingTransport

extension RunWatch {
    /// What Prometheus gets. Counters count since this start of the learner, as their readers expect; `starling_run_…` since the beginning of
    /// the run. No label names an actor: a fleet of thousands would be as many series.
    package func metrics(_ format: Exposition.Format) -> [UInt8] {
        let state = now
        var text = Exposition(format)
        text.info(
            "starling_build", "The learner's program.", [("version", facts.version), ("system", "linux")])
        text.info(
            "starling_run", "What is trained.",
            [
                ("run", facts.run), ("recipe", facts.recipe), ("environment", facts.environment), ("algorithm", facts.algorithm),
                ("seed", "\(facts.seed)"), ("generation", "\(facts.generation)"),
            ])
        text.gauge("starling_ready", "1 while actors are taken.", state.stage.takesActors ? 1 : 0)
        Self.process(&text)
        storage(state, &text)
        guard let report = state.report else { return text.finished() }
        progress(report, state.before, &text)
        ledger(report, state.before.ledger, &text)
        fleet(report, &text)
        learning(report, state.activities, &text)
        return text.finished()
    }

    private func storage(_ state: State, _ text: inout Exposition) {
        text.gauge("starling_checkpoint_age_seconds", "Since the newest checkpoint, or this start.", checkpointAge(state))
        text.gauge("starling_checkpoint_period_seconds", "Time between checkpoints as configured.", facts.checkpointSeconds)
        guard let journal = state.journalBytes else { return }
        text.gauge("starling_journal_bytes", "Size of the journal.", Double(journal()))
        text.gauge("starling_journal_limit_bytes", "What it may take.", Double(facts.journalBudget))
    }

    private func progress(_ report: LearnerReport, _ before: RunBefore, _ text: inout Exposition) {
        func count(_ value: UInt64, since earlier: UInt64) -> Double { Double(value > earlier ? value - earlier : 0) }
        text.counter("starling_frames", "Environment steps trained on.", count(report.frames, since: before.frames))
        text.counter("starling_updates", "Batches trained on.", count(report.update, since: before.updates))
        text.counter("starling_episodes", "Training episodes that ended.", count(report.episodes, since: before.episodes))
        text.gauge("starling_run_frames", "Environment steps trained on since the beginning of the run.", Double(report.frames))
        text.gauge("starling_run_updates", "Batches trained on since the beginning of the run.", Double(report.update))
        text.gauge("starling_run_episodes", "Training episodes that ended since the beginning of the run.", Double(report.episodes))
        text.gauge("starling_run_frame_limit", "Frames at which the run ends.", report.frameLimit.map { Double($0) })
        text.gauge("starling_training", "0 while the final parameters are evaluated.", report.isTraining ? 1 : 0)
        text.gauge("starling_return_mean", "Mean return of the last 100 training episodes.", report.meanReturn)
        text.gauge("starling_return_goal", "The return at which the run ends.", report.goal)
        text.gauge("starling_evaluation_return_mean", "Mean return of the last evaluation.", report.evaluation?.mean)
    }

    /// The fates and what is pending add up to `starling_unrolls_acknowledged_total`, exactly and in every scrape. What an earlier start left in the journal
    /// counts as taken over by this one.
    private func ledger(_ report: LearnerReport, _ before: Ledger, _ text: inout Exposition) {
        let now = report.ledger
        func count(_ field: KeyPath<Ledger, UInt64>) -> Double { Double(now[keyPath: field] &- before[keyPath: field]) }
        text.counter(
            "starling_unrolls_acknowledged", "Unrolls taken over from actors, or from the journal of an earlier start.",
            count(\.acknowledged) + Double(before.pending))
        text.counter(
            "starling_unrolls", "Acknowledged unrolls by what became of them; with starling_unrolls_pending they add up.",
            [
                .init(("fate", "trained"), value: count(\.trained)), .init(("fate", "too_stale"), value: count(\.tooStale)),
                .init(("fate", "invalid"), value: count(\.invalid)), .init(("fate", "abandoned"), value: count(\.abandoned)),
                .init(("fate", "lost_with_learner"), value: count(\.lostWithLearner)),
            ])
        text.gauge(
            "starling_unrolls_pending", "Acknowledged, their fate open: in the queue, in a batch, in the journal.", Double(now.pending))
        text.gauge("starling_unrolls_outbox", "Complete at actors and not acknowledged.", Double(now.outbox))
        text.gauge("starling_unrolls_queued", "Of the pending ones, those that wait for the trainer.", Double(report.queuedUnrolls))
        text.gauge(
            "starling_run_unrolls_lost_with_actors", "Complete when their actor ended, and not acknowledged.", Double(now.lostWithActor))
        text.counter("starling_unrolls_duplicated", "Unrolls that came again and were ignored.", count(\.duplicates))
        text.gauge(
            "starling_ledger_imbalance_unrolls", "By how much the ledger's two equations fail; 0, or something is broken.",
            Double(now.actorImbalance.magnitude) + Double(now.learnerImbalance.magnitude))
    }

    private func fleet(_ report: LearnerReport, _ text: inout Exposition) {
        let waiting = report.lagLimit?.waitingActors ?? 0
        let working = report.actorsAlive - report.actorsIdle - waiting
        text.gauge(
            "starling_actors",
            "Actors with a session: working; waiting for credit that the policy lag keeps back; idle, holding credit and sending nothing.",
            [
                .init(("state", "working"), value: Double(max(0, working))), .init(("state", "waiting"), value: Double(waiting)),
                .init(("state", "idle"), value: Double(report.actorsIdle)),
            ])
        text.gauge("starling_actors_wanted", "Actors that would keep the learner busy and be busy themselves.", Double(report.actorsWanted))
        text.gauge("starling_actor_threads", "Threads of actors that step environments.", Double(report.actorThreads))
        text.gauge(
            "starling_actors_wait_ratio", "Share of their time that actors wait for credit or parameters.", report.pressure.actorsWait)
        text.gauge("starling_learner_wait_ratio", "Share of its time that the trainer waits for experience.", report.pressure.trainerWaits)
        text.gauge(
            "starling_lag_limits_rate", "1 while only the bound on the policy lag keeps trainer and actors waiting.",
            report.pressure.isAtBound ? 1 : 0)
        text.gauge(
            "starling_flow_limits_rate", "1 while trainer and actors wait for most of their time for another reason.",
            report.flowLimit == nil ? 0 : 1)
        text.gauge("starling_credit_window_unrolls", "Unrolls that may be granted, in flight or queued.", Double(report.pressure.window))
        text.gauge("starling_credit_limit_unrolls", "What that may grow to.", Double(report.pressure.bound))
        text.gauge("starling_credit_bytes", "Experience granted to actors that has not arrived.", Double(report.creditBytes))
        text.gauge("starling_batch_columns", "Environments side by side in a batch.", Double(report.batchColumns))
        text.histogram(
            "starling_policy_lag_updates", "Updates between the parameters that acted and those that were trained.",
            bounds: LagBuckets.bounds.map { Double($0) }, counts: report.lagBuckets.counts, sum: Double(report.lagBuckets.sum))
        if facts.policyLagLimit > 0 {
            text.gauge("starling_policy_lag_limit_updates", "Updates after which experience is too stale.", Double(facts.policyLagLimit))
        }
        text.counter(
            "starling_network_bytes", "Bytes from and to all actors.",
            [
                .init(("direction", "received"), value: Double(report.bytesReceived)),
                .init(("direction", "sent"), value: Double(report.bytesSent)),
            ])
        text.counter(
            "starling_refusals", "Connections and actors that were refused.",
            report.refusals.byCause.map { .init(("cause", $0.cause), value: Double($0.count)) })
        let faults = report.actorTimes.faults
        text.counter(
            "starling_environment_restarts", "Environments that were begun anew.",
            [
                .init(("cause", "raised"), value: Double(faults.raised)), .init(("cause", "died"), value: Double(faults.died)),
                .init(("cause", "hung"), value: Double(faults.hung)), .init(("cause", "invalid"), value: Double(faults.invalid)),
            ])
        let times = report.actorTimes
        text.counter(
            "starling_actor_seconds", "Time of the threads of all actors.",
            [
                ("stepping", times.stepping), ("inference", times.inference), ("transport", times.transport), ("waiting", times.waiting),
                ("evaluating", times.evaluating),
            ].map { .init(("activity", $0.0), value: Double($0.1) / 1e9) })
    }

    private func learning(_ report: LearnerReport, _ activities: [String: Double], _ text: inout Exposition) {
        text.counter("starling_learner_waiting_seconds", "The learner's thread waited for experience.", activities[Metric.timeWaiting.name])
        text.counter(
            "starling_learner_seconds", "Time of the learner's thread.",
            activities.sorted { $0.key < $1.key }.map { name, seconds in
                .init(("activity", name.hasPrefix("time_") ? String(name.dropFirst(5)) : name), value: seconds)
            })
        for (metric, value) in zip(report.metrics.all, report.metrics.values) where metric.kind != .timeShare {
            text.gauge(Self.name(of: metric), metric.meaning, value)
        }
    }

    /// What a run's own metric is called.
    package static func name(of metric: Metric) -> String {
        // The KL divergence of the latent, by which everybody would look for it.
        let name = metric.name == "kl_divergence" ? "kl" : Exposition.name(metric.name)
        let unit = ["nat": "_nats", "dB": "_decibels", "s": "_seconds", "byte": "_bytes"][metric.unit] ?? ""
        return "starling_" + (name.hasSuffix(unit) ? name : name + unit)
    }

    /// What Prometheus' own clients tell of a process, by the same names.
    private static func process(_ text: inout Exposition) {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        text.counter("process_cpu_seconds", "Processor time.", seconds(usage.ru_utime) + seconds(usage.ru_stime))
        let pages = SmallFile.line(of: "/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Double($0) }
        text.gauge("process_resident_memory_bytes", "Memory in use.", pages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) })
        text.gauge("process_start_time_seconds", "When it started, since 1970.", startTime)
    }

    private static let startTime: Double? = {
        // Behind the program's name, which may hold anything, in ticks since the machine's start.
        let fields = SmallFile.line(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        var (boot, clock) = (timespec(), timespec())
        clock_gettime(CLOCK_BOOTTIME, &boot)
        clock_gettime(CLOCK_REALTIME, &clock)
        func seconds(_ time: timespec) -> Double { Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 }
        return seconds(clock) - seconds(boot) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()
}
