public import StarlingExperience

/// Melody: writes four bars, a sixteenth at a time, by rules of harmony and rhythm (`MelodyRule`), which are its rewards. There is nothing
/// to find out of it, so it is as good as the rules are: what folk songs are like comes from elsewhere, a policy that has learned from
/// some.
///
/// The episode ends with the 64th token. The same actions give the same rewards, whatever the seed.
///
/// Observation: `[64]`, the tokens, the newest last; 38, which is none, for what isn't written yet. So it shows everything that the rules
/// go by, the place within the melody too.
public struct Melody: Environment, Sendable {
    package static let name = "Melody"
    /// Stands for what isn't written yet.
    package static let nothing = UInt8(Composition.tokenCount)

    package private(set) var composition = Composition()

    public init() {}

    public var observationShape: [Int] { [Composition.length] }
    public var action: ActionSpec { .discrete(Composition.tokenCount) }
    /// Numbers of an observation are ids, up to this one.
    public var observationLimit: Float { Float(Self.nothing) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        composition = Composition()
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        composition.append(UInt8(action))
        write(into: &observation)
        return StepResult(reward: MelodyRule.reward(composition), ending: composition.isComplete ? .terminated : .none)
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        let blank = Composition.length - composition.count
        for place in 0..<Composition.length { observation[place] = place < blank ? Self.nothing : composition[place - blank] }
    }
}

extension Melody {
    /// The tokens.
    public func savedState() -> [UInt8]? { composition.written }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count <= Composition.length, state.allSatisfy({ $0 < Composition.tokenCount }) else { return false }
        composition = Composition(state)
        return true
    }

    /// A piano roll: a column for each step, high notes above. Notes that break a rule are red; bars begin with a line.
    public var picture: Picture? {
        let (width, height) = (Composition.length, Composition.tokenCount - Int(Composition.firstNote))
        var rgb: [UInt8] = []
        rgb.reserveCapacity(3 * width * height)
        for row in 0..<height {
            let isBlack = !MelodyRule.isInKey(Composition.lowestPitch + height - 1 - row)
            for step in 0..<width {
                let ground: UInt8 = step % Composition.barLength == 0 ? 190 : isBlack ? 225 : 245
                rgb += [ground, ground, ground]
            }
        }
        var sounding: (pitch: Int, isBroken: Bool)?
        var prefix = Composition()
        for step in 0..<composition.count {
            prefix.append(composition[step])
            if let pitch = composition.note(at: step) {
                sounding = (pitch, MelodyRule.isBroken(by: prefix))
            } else if composition[step] == Composition.noteOff {
                sounding = nil
            }
            guard let (pitch, isBroken) = sounding else { continue }
            let place = 3 * ((height - 1 - (pitch - Composition.lowestPitch)) * width + step)
            let begins = composition.note(at: step) != nil
            let colour: [UInt8] = isBroken ? (begins ? [190, 20, 20] : [235, 90, 80]) : (begins ? [20, 60, 130] : [80, 130, 200])
            rgb.replaceSubrange(place..<place + 3, with: colour)
        }
        return .pixels(width: width, height: height, rgb: rgb)
    }
}
