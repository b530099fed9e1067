package import StarlingExperience
package import StarlingMessages

/// What a learner has to say to actors: it answers every HELLO.
package struct LearnerOffer: Sendable {
    /// Name of the run, for people.
    package var run: String
    package var runSeed: UInt64
    /// Start of the learner, stored durably before this.
    package var generation: UInt32
    package var environment: EnvironmentSpec
    package var model: ModelSpec
    package var acting: ActingSpec
    /// A multiple of `acting.environmentsPerUnroll`.
    package var environmentsPerActor: Int
    package var unrollsPerBatch: Int
    package var pacing: Pacing
    /// Bytes of blocks granted, under way, queued or not yet settled; at least a batch.
    package var byteBudget: Int
    /// Whether actors compress blocks.
    package var compression: BlockCompression

    /// - Throws: `badOffer` when the numbers contradict each other.
    package init(
        run: String, runSeed: UInt64, generation: UInt32, environment: EnvironmentSpec, model: ModelSpec,
        acting: ActingSpec, environmentsPerActor: Int, unrollsPerBatch: Int, pacing: Pacing, byteBudget: Int,
        compression: BlockCompression = .none
    ) throws(TransportError) {
        self.compression = compression
        self.run = run
        self.runSeed = runSeed
        self.generation = generation
        self.environment = environment
        self.model = model
        self.acting = acting
        self.environmentsPerActor = environmentsPerActor
        self.unrollsPerBatch = unrollsPerBatch
        self.pacing = pacing
        self.byteBudget = byteBudget
        let perUnroll = acting.environmentsPerUnroll
        guard acting.unrollLength > 0, perUnroll > 0, unrollsPerBatch > 0 else {
            throw TransportError(.badOffer, "steps and environments of an unroll and unrolls of a batch must be at least 1")
        }
        guard environmentsPerActor > 0, environmentsPerActor % perUnroll == 0 else {
            throw TransportError(
                .badOffer,
                "\(environmentsPerActor) environments per actor are no multiple of the \(perUnroll) of an unroll")
        }
        guard pacing.batches.lowerBound > 0 else {
            throw TransportError(.badOffer, "no batch may be in flight: at least 1 must, or lockstep")
        }
        if let fault = acting.rule.fault(for: environment.action) { throw TransportError(.badOffer, fault) }
        guard UnrollLayout.fits(environment, model, acting) else {
            throw TransportError(
                .badOffer,
                "an unroll of \(acting.unrollLength) steps and \(perUnroll) environments is larger than the wire's \(WireLimits.blockByteCount) bytes; make it shorter or take fewer environments"
            )
        }
        let batch = layout.byteCount * unrollsPerBatch
        guard byteBudget >= batch else {
            throw TransportError(
                .badOffer,
                "a byte budget of \(byteBudget) holds no batch: one is \(unrollsPerBatch) unrolls of \(layout.byteCount) bytes, \(batch) in all; raise the budget or take a smaller batch"
            )
        }
    }

    /// Identity of the run directory, where there is one: two runs of one name and seed differ by it.
    package var storedIdentity: UInt64?
    /// What versions of this run are known by; of the run directory, where there is one, so that it outlives the learner.
    package var seal = VersionSeal.random()

    package var layout: UnrollLayout { UnrollLayout(environment: environment, model: model, acting: acting) }
    /// Unrolls an actor can step at once.
    package var unrollsPerActor: Int { environmentsPerActor / acting.environmentsPerUnroll }
    /// Unrolls that may be granted, in flight or queued at a time, at most.
    package var largestWindow: Int { pacing.batches.upperBound * unrollsPerBatch }
    package var isLockstep: Bool { pacing == .lockstep }
    /// Identity of the run on the wire: the same after a restart, never 0.
    package var runIdentity: UInt64 {
        if let storedIdentity { return max(1, storedIdentity) }
        var text = run
        let digest = text.withUTF8 { Digest.of(UnsafeRawBufferPointer($0)) }
        return max(1, digest ^ (runSeed &* 0x9E37_79B9_7F4A_7C15))
    }
}
