public import StarlingExperience

/// MovieSession: 20 movies are recommended to a user of MovieLens-100k, of whom five ratings are known, one after the other out of those that this
/// user did rate; the reward is 1 where it was liked (4 or 5 of 5), so a return over 20 is the precision. A replay of what was rated judges
/// ranking, not discovery.
///
/// `MovieSession` has 755 users, `MovieSession-test` 188 others; who rated fewer than 25 is left out. On these random choice has .581, the mean of a movie .754,
/// what was liked by who liked the same .759, and who knows all ratings .927 (an oracle in another language, with its own split of users).
///
/// Actions are the 1,682 movies, masked but for those that the user rated and was not shown. Observation `[2, 1682]`: 1 for what is known to be liked, and
/// for what is known not to be.
public struct MovieSession: Environment, Sendable {
    /// Whose users.
    public enum Part: Sendable { case train, test }

    /// As recipes name it.
    public static let name = "MovieSession"
    package static let known = 5
    package static let picks = 20

    private let part: Part
    private let file: @Sendable () throws -> RatingFile
    private var ratings = Ratings()
    private var user = 0
    /// 0: not rated, or shown already; 1: rated, not liked; 2: liked.
    private var left = [UInt8](repeating: 0, count: RatingFile.movieCount)
    /// The same of what is known.
    private var seen = [UInt8](repeating: 0, count: RatingFile.movieCount)
    private var steps = 0

    /// - Parameter part: whose users are met; a file of the machine's holds their ratings.
    public init(_ part: Part) { self.init(part) { try RatingFile.shared.get() } }

    package init(_ part: Part, of file: @escaping @Sendable () throws -> RatingFile) { (self.part, self.file) = (part, file) }

    public var observationShape: [Int] { [2, RatingFile.movieCount] }
    public var action: ActionSpec { .discrete(RatingFile.movieCount) }
    public var masksActions: Bool { true }

    public mutating func prepare() throws {
        let file = try file()
        ratings = part == .train ? file.train : file.test
    }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        user = random.below(ratings.users.count)
        steps = 0
        for movie in left.indices { (left[movie], seen[movie]) = (0, 0) }
        for rating in ratings.users[user] { left[rating.movie] = rating.isLiked ? 2 : 1 }
        var unknown = ratings.users[user]
        for _ in 0..<Self.known { show(unknown.remove(at: random.below(unknown.count)).movie) }
        write(into: &observation)
    }

    /// A movie that isn't left earns nothing, and is not shown.
    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        let reward: Float = left[action] == 2 ? 1 : 0
        show(action)
        steps += 1
        write(into: &observation)
        return StepResult(reward: reward, ending: steps == Self.picks ? .terminated : .none)
    }

    public func writeActionMask(into mask: inout MutableSpan<UInt8>) {
        for movie in left.indices where left[movie] == 0 { mask[movie] = 0 }
    }

    private mutating func show(_ movie: Int) {
        if left[movie] != 0 { seen[movie] = left[movie] }
        left[movie] = 0
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        let count = RatingFile.movieCount
        for movie in seen.indices {
            observation[movie] = seen[movie] == 2 ? 1 : 0
            observation[count + movie] = seen[movie] == 1 ? 1 : 0
        }
    }

    // MARK: State

    public func savedState() -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.append(valueBytes: UInt32(user))
        bytes.append(valueBytes: UInt32(steps))
        return bytes + seen
    }

    public mutating func restore(from state: [UInt8]) -> Bool {
        var reader = StateReader(state)
        guard state.count == 8 + seen.count, let user = reader.read(UInt32.self), let steps = reader.read(UInt32.self),
            user < ratings.users.count, steps < Self.picks
        else { return false }
        var left = [UInt8](repeating: 0, count: seen.count)
        for rating in ratings.users[Int(user)] { left[rating.movie] = rating.isLiked ? 2 : 1 }
        let seen = Array(state[8...])
        for movie in seen.indices where seen[movie] != 0 {
            guard seen[movie] == left[movie] else { return false }
            left[movie] = 0
        }
        (self.user, self.steps, self.left, self.seen) = (Int(user), Int(steps), left, seen)
        return true
    }

    /// What was shown, and how much of it was liked.
    public var picture: Picture? {
        let liked = seen.count { $0 == 2 }
        let others = seen.count { $0 == 1 }
        let rest = String(repeating: ".", count: max(0, Self.known + Self.picks - liked - others))
        return .text([String(repeating: "+", count: liked) + String(repeating: "-", count: others) + rest])
    }
}
