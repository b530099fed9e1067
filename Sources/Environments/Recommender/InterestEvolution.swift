public import StarlingExperience

/// InterestEvolution: a user with an hour or three to spend is shown three of ten videos at a time, watches one of them or none, likes its topic more
/// or less for it, and stays longer for what is good.
///
/// The equations are those of RecSim's environment of this name (Ie et al. 2019, "SlateQ: a tractable decomposition for reinforcement learning
/// with recommendation sets", section 6): 20 topics, of which 14 have qualities from −3 to 0 and 6 from 0 to 3; a video is of a uniform topic and has
/// its quality plus N(0, 0.1); interests i begin uniform within ±1. Of the videos shown one is watched with a probability in proportion to i + 1, none to
/// 2. Who watches spends the 4 minutes of a video, which are the reward, and gets back 0.9/3.4 · 4 · quality minutes of the 200 that a session begins with; i moves
/// towards 1 by 0.3(1 − |i|)(1 − i) with probability (i + 1)/2, else as far away. Who watches nothing loses half a minute. It terminates when no time is left.
///
/// There published (after 300,000 steps): 159.2 at random, 166.3 by what is clicked most, 172.1 by SARSA, 174.6 by Q-learning on whole slates.
/// What the best topics alone bring, whoever the user is, is 264: see the page on recommenders.
///
/// An action has three parts, places of videos; one that is named twice is shown once. Observation of two parts: `user` `[23]`, the
/// interests and how the session went so far (steps over 100, whether the last slate was watched, and the quality of what was, over 3), and `videos` `[20, 1, 10]`,
/// of each of the ten a 1 at its topic. Qualities of what is offered and the time that is left are not shown.
public struct InterestEvolution: MultiDiscreteEnvironment, MultipartObservation, Sendable {
    /// As recipes name it.
    public static let name = "InterestEvolution"
    static let topics = 20
    static let candidates = 10
    static let slate = 3
    private static let videoMinutes = 4.0
    private static let sessionMinutes = 200.0
    private static let lostMinutes = 0.5
    /// Minutes that one of quality 1 gives back for each watched.
    private static let bonus = 0.9 / 3.4
    private static let massOfNone = 2.0
    /// Most steps of a session: its time may grow.
    private static let stepLimit = 2_000

    private var random = SeededGenerator(seed: 0)
    /// i, of each topic.
    package private(set) var interests = [Double](repeating: 0, count: topics)
    /// Topic of each video.
    package private(set) var videos = [Int](repeating: 0, count: candidates)
    package private(set) var minutes = sessionMinutes
    private var steps = 0
    /// Of what was watched last; 0 where nothing was.
    private var lastQuality = 0.0
    private var hasWatched = false

    public init() {}

    public var observationParts: [ObservationSpec.Part] {
        [.init("user", [Self.topics + 3]), .init("videos", [Self.topics, 1, Self.candidates], .uint8)]
    }
    public var action: ActionSpec { .multiDiscrete(Array(repeating: Self.candidates, count: Self.slate)) }

    /// Mean quality of a topic's videos.
    package static func quality(_ topic: Int) -> Double { topic < 14 ? -3 + 3 * Double(topic) / 13 : 3 * Double(topic - 14) / 5 }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        for topic in interests.indices { interests[topic] = random.uniform(-1, 1) }
        (minutes, steps, lastQuality, hasWatched) = (Self.sessionMinutes, 0, 0, false)
        offer(into: &observation)
    }

    public mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<UInt8>) -> StepResult {
        var watched: Float = 0
        (lastQuality, hasWatched) = (0, false)
        if let topic = choice(of: action) {
            let quality = Self.quality(topic) + 0.1 * random.gaussian()
            let spent = min(minutes, Self.videoMinutes)
            watched = Float(spent)
            (lastQuality, hasWatched) = (quality, true)
            minutes += spent * (Self.bonus * quality - 1)
            let interest = interests[topic]
            let change = 0.3 * (1 - abs(interest)) * (1 - interest)
            let isLiked = random.uniform(0, 1) < (interest + 1) / 2
            interests[topic] = min(1, max(-1, interest + (isLiked ? change : -change)))
        } else {
            minutes -= Self.lostMinutes
        }
        steps += 1
        offer(into: &observation)
        let ending: Ending = minutes <= 0 ? .terminated : steps == Self.stepLimit ? .truncated : .none
        return StepResult(reward: watched, ending: ending)
    }

    /// The topic that is watched, if any.
    private mutating func choice(of shown: Span<Int32>) -> Int? {
        func mass(_ place: Int) -> Double {
            for earlier in 0..<place where shown[earlier] == shown[place] { return 0 }
            return interests[videos[Int(shown[place])]] + 1
        }
        var sum = Self.massOfNone
        for place in 0..<shown.count { sum += mass(place) }
        var left = random.uniform(0, sum)
        for place in 0..<shown.count {
            left -= mass(place)
            if left < 0 { return videos[Int(shown[place])] }
        }
        return nil
    }

    /// Ten new videos.
    private mutating func offer(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        for topic in interests.indices { observation.setFloat(Float(interests[topic]), at: topic) }
        observation.setFloat(Float(steps) / 100, at: Self.topics)
        observation.setFloat(hasWatched ? 1 : 0, at: Self.topics + 1)
        observation.setFloat(Float(lastQuality / 3), at: Self.topics + 2)
        for place in videos.indices {
            videos[place] = random.below(Self.topics)
            observation[4 * (Self.topics + 3) + videos[place] * Self.candidates + place] = 1
        }
    }

    /// Minutes that are left, and the interests.
    public var trueState: [Float]? { [Float(minutes)] + interests.map { Float($0) } }

    /// Each topic's interest as a bar; below it its videos.
    public var picture: Picture? {
        let rows = (0..<Self.topics).map { topic in
            let full = Int(((interests[topic] + 1) * 10).rounded())
            let bar = String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full)
            let offered = videos.count { $0 == topic }
            return (topic < 14 ? "- " : "+ ") + bar + " " + String(repeating: "o", count: offered)
                + String(repeating: " ", count: 10 - offered)
        }
        return .text(rows)
    }

    public func savedState() -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.append(valueBytes: random)
        bytes.append(valueBytes: minutes)
        bytes.append(valueBytes: UInt64(steps))
        bytes.append(valueBytes: lastQuality)
        bytes.append(valueBytes: hasWatched ? 1.0 : 0)
        for interest in interests { bytes.append(valueBytes: interest) }
        return bytes + videos.map { UInt8($0) }
    }

    public mutating func restore(from state: [UInt8]) -> Bool {
        var reader = StateReader(state)
        guard state.count == 8 * (5 + Self.topics) + Self.candidates, let random = reader.read(SeededGenerator.self),
            let minutes = reader.read(Double.self), let steps = reader.read(UInt64.self), steps <= Self.stepLimit,
            let lastQuality = reader.read(Double.self), let watched = reader.read(Double.self)
        else { return false }
        let interests = (0..<Self.topics).compactMap { _ in reader.read(Double.self) }
        let videos = state.suffix(Self.candidates).map { Int($0) }
        guard minutes.isFinite, interests.allSatisfy({ abs($0) <= 1 }), videos.allSatisfy({ $0 < Self.topics }) else { return false }
        (self.random, self.minutes, self.steps, self.interests, self.videos) = (random, minutes, Int(steps), interests, videos)
        (self.lastQuality, hasWatched) = (lastQuality, watched == 1)
        return true
    }
}
