import StarlingConfiguration

/// A configuration with every sort of key, in two floors.
struct Settings: Equatable {
    enum Mode: CaseIterable { case mean, noise, vaeOnly }
    struct Inner: Equatable {
        var discount: Float = 0.99
        var layers = [64, 64]
        var scale: [Float] = [2.4, 3, 0.21]
        var warmup: Double?
    }

    var environment = "cartpole"
    var seed: UInt64 = 1
    var goal: Int?
    var isEnabled = true
    var rate = 1e-5
    var mode = Mode.mean
    var note: String?
    var inner = Inner()

    static let keys =
        KeyTable<Settings>([
            .text("environment", \.environment, allowed: "the name of an environment", "what is played"),
            .integer("seed", \.seed, in: 0...(.max), "all randomness comes from it"),
            .optionalInteger("goal.frames", \.goal, in: 1...1000, "when to stop"),
            .boolean("goal.enabled", \.isEnabled, "whether a goal ends the run"),
            .number("rate", \.rate, in: .leastNonzeroMagnitude...1, "step size"),
            .choice("mode", \.mode, "what the heads see"),
            .optionalText("note", \.note, "for people"),
        ]) + innerKeys.nested(under: "inner", at: \.inner)

    static let innerKeys = KeyTable<Inner>([
        .number("discount", \.discount, in: 0...1, "0.99 looks 100 steps ahead"),
        .integers("layers", \.layers, in: 1...4096, "widths"),
        .numbers("scale", \.scale, in: 0...100, "divides | observations"),
        .optionalNumber("warmup", \.warmup, in: 0...1, "none by default"),
    ])
}
