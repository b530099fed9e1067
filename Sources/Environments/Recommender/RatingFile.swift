package import StarlingSafetensors

/// What users of MovieLens-100k liked, in the file that `scripts/data movielens` writes.
package struct RatingFile: Sendable {
    package let train: Ratings
    package let test: Ratings

    package static let movieCount = 1682
    /// Names the file.
    package static let data = "movielens"

    /// Of this process, read when it is first asked for.
    static let shared = Result { try DataFileError.reading(data) { try RatingFile($0) } }

    package init(_ file: SafetensorsFile) throws(DataFileError) {
        (train, test) = (try Ratings("train.ratings", of: file), try Ratings("test.ratings", of: file))
    }
}

/// Those of one part's users who rated enough for a session.
package struct Ratings: Sendable {
    /// One movie, and whether it was liked.
    package struct Rating: Sendable, Hashable {
        package let movie: Int
        package let isLiked: Bool
    }

    /// Of each user.
    package let users: [[Rating]]

    /// None.
    init() { users = [] }

    package init(_ name: String, of file: SafetensorsFile) throws(DataFileError) {
        let movies = Int32(RatingFile.movieCount)
        guard let array = file[name], array.shape.count == 2, array.shape[1] == 3, let numbers = array.values(as: Int32.self) else {
            throw DataFileError("it needs the array \(name), I32 [N, 3]: user, movie, whether it was liked")
        }
        var users: [Int32: [Rating]] = [:]
        var rated: Set<[Int32]> = []
        for row in 0..<numbers.count / 3 {
            let (user, movie, isLiked) = (numbers[3 * row], numbers[3 * row + 1], numbers[3 * row + 2])
            guard user >= 0, (0..<movies).contains(movie), (0...1).contains(isLiked), rated.insert([user, movie]).inserted else {
                throw DataFileError("row \(row) of \(name) is \(user), \(movie), \(isLiked): no such user or movie, or a second time")
            }
            users[user, default: []].append(Rating(movie: Int(movie), isLiked: isLiked == 1))
        }
        self.users = users.sorted { $0.key < $1.key }.map(\.value).filter { $0.count >= MovieSession.known + MovieSession.picks }
        guard !self.users.isEmpty else { throw DataFileError("no user of \(name) has \(MovieSession.known + MovieSession.picks) ratings") }
    }
}
