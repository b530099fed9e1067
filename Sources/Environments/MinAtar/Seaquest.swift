import StarlingExperience

/// MinAtar's Seaquest: a submarine shoots at fish and other submarines, takes divers aboard and brings them to the surface before it
/// runs out of air.
///
/// Fish and submarines cross the eight rows under the surface, at first a new one every 20th frame, moving every sixth. None comes in a
/// row where another goes against it. Submarines fire a torpedo every eleventh frame. The player goes one cell a frame, looks where it
/// went last, and fires ahead at most every fifth frame; shots and torpedoes go one cell a frame. An enemy that is hit is worth 1. Every
/// 30th frame comes a diver, who moves every sixth; the player takes up to six aboard.
///
/// Air lasts 200 frames under the surface. Coming up costs a diver and fills it, and makes the game harder: enemies come a frame sooner,
/// down to every frame, and every second time they also move a frame sooner, down to every third. Coming up with six sets all of them
/// free and is worth the tenths of the air that are left; as in MinAtar's program, it costs one diver more even so, who is owed: who owes
/// divers can come up without any. Coming up with none, no air, an enemy or a torpedo ends the episode.
///
/// Planes: the player's front and back, its shots, the cells that fish, submarines and divers came from, torpedoes, fish, submarines, air
/// (lowest row from the left, a cell for each tenth), divers aboard (lowest row, to the right), divers.
public struct Seaquest: MinAtarGame {
    public static let planes: [Character] = ["@", "o", "-", ".", "*", "x", "E", "#", "d", "&"]

    private static let surfaceRow: Int8 = 0
    private static let bottom: Int8 = 8
    private static let fullAir: Int16 = 200
    private static let room: Int32 = 6
    private static let framesBetweenShots: UInt8 = 5
    private static let framesBetweenTorpedoes: UInt8 = 10
    private static let framesBetweenDivers: UInt8 = 30
    private static let diverMoveFrames: UInt8 = 5

    /// Negative: as many are owed.
    private var diversAboard: Int32 = 0
    /// −1 when it is used up.
    private var air = fullAir
    private var player = MinAtarCell(5, surfaceRow)
    /// −1: left; 1: right.
    private var facing: Int8 = -1
    /// 1 while at the surface since the last frame at least, else 0.
    private var isUp: UInt8 = 1
    // The room is for all that can be: enemies live 30 frames at most when they are quickest and one comes every frame.
    private var enemies = Swimmers<32>()
    private var torpedoes = Swimmers<64>()
    private var shots = Swimmers<4>()
    private var divers = Swimmers<4>()
    private var framesBetweenEnemies: UInt8 = 20
    private var untilEnemy: UInt8 = 20
    private var untilDiver = framesBetweenDivers
    private var moveFrames: UInt8 = 5
    private var untilShot: UInt8 = 0
    private var isMoveNext: UInt8 = 0

    public init(random: inout SeededGenerator) {}

    public mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult {
        if untilEnemy == 0 {
            addEnemy(random: &random)
            untilEnemy = framesBetweenEnemies
        }
        if untilDiver == 0 {
            addDiver(random: &random)
            untilDiver = Self.framesBetweenDivers
        }
        act(move)
        var result = StepResult(reward: 0)
        moveShots(&result)
        moveDivers()
        moveEnemies(&result, submarines: true)
        moveEnemies(&result, submarines: false)
        moveTorpedoes(&result)
        untilEnemy -= 1
        untilDiver -= 1
        if untilShot > 0 { untilShot -= 1 }
        breathe(&result)
        return result
    }

    private mutating func addEnemy(random: inout SeededGenerator) {
        let goesRight = random.uniform(0, 1) < 0.5
        let isSubmarine = random.uniform(0, 1) < 1.0 / 3
        var enemy = Self.swimmer(goesRight, Int8(1 + random.below(8)), untilMove: moveFrames)
        if enemies.indices.contains(where: { enemies[$0].cell.y == enemy.cell.y && enemies[$0].dx != enemy.dx }) { return }
        if isSubmarine { (enemy.isSubmarine, enemy.untilShot) = (1, Self.framesBetweenTorpedoes) }
        enemies.append(enemy)
    }

    private mutating func addDiver(random: inout SeededGenerator) {
        let goesRight = random.uniform(0, 1) < 0.5
        divers.append(Self.swimmer(goesRight, Int8(1 + random.below(8)), untilMove: Self.diverMoveFrames))
    }

    private static func swimmer(_ goesRight: Bool, _ row: Int8, untilMove: UInt8) -> Swimmer {
        Swimmer(cell: MinAtarCell(goesRight ? 0 : MinAtarCell.side - 1, row), dx: goesRight ? 1 : -1, untilMove: untilMove)
    }

    private mutating func act(_ move: MinAtarMove) {
        if move == .fire, untilShot == 0 {
            shots.append(Swimmer(cell: player, dx: facing))
            untilShot = Self.framesBetweenShots
        }
        if move.offset.x != 0 { facing = move.offset.x }
        player.x = MinAtarCell.clamp(player.x + move.offset.x)
        player.y = min(max(player.y + move.offset.y, Self.surfaceRow), Self.bottom)
    }

    /// A shot hits one enemy, a fish rather than a submarine.
    private mutating func moveShots(_ result: inout StepResult) {
        var index = 0
        while index < shots.indices.upperBound {
            guard shots[index].advance() else {
                shots.remove(at: index)
                continue
            }
            let cell = shots[index].cell
            let fish = enemies.indices.first { enemies[$0].cell == cell && enemies[$0].isSubmarine == 0 }
            if let hit = fish ?? enemies.first(at: cell) {
                enemies.remove(at: hit)
                shots.remove(at: index)
                result.reward += 1
            } else {
                index += 1
            }
        }
    }

    private mutating func moveDivers() {
        var index = 0
        while index < divers.indices.upperBound {
            if takeAboard(index) { continue }
            if divers[index].untilMove > 0 {
                divers[index].untilMove -= 1
            } else {
                divers[index].untilMove = Self.diverMoveFrames
                guard divers[index].advance() else {
                    divers.remove(at: index)
                    continue
                }
                if takeAboard(index) { continue }
            }
            index += 1
        }
    }

    private mutating func takeAboard(_ index: Int) -> Bool {
        guard divers[index].cell == player, diversAboard < Self.room else { return false }
        divers.remove(at: index)
        diversAboard += 1
        return true
    }

    /// One that swims into a shot is hit, but a submarine may still fire in that frame.
    private mutating func moveEnemies(_ result: inout StepResult, submarines: Bool) {
        var index = 0
        while index < enemies.indices.upperBound {
            guard (enemies[index].isSubmarine == 1) == submarines else {
                index += 1
                continue
            }
            if enemies[index].cell == player { result.ending = .terminated }
            var shot: Int?
            if enemies[index].untilMove > 0 {
                enemies[index].untilMove -= 1
            } else {
                enemies[index].untilMove = moveFrames
                guard enemies[index].advance() else {
                    enemies.remove(at: index)
                    continue
                }
                if enemies[index].cell == player { result.ending = .terminated }
                shot = shots.first(at: enemies[index].cell)
            }
            if submarines { fire(index) }
            if let shot {
                shots.remove(at: shot)
                enemies.remove(at: index)
                result.reward += 1
            } else {
                index += 1
            }
        }
    }

    private mutating func fire(_ index: Int) {
        guard enemies[index].untilShot == 0 else {
            enemies[index].untilShot -= 1
            return
        }
        enemies[index].untilShot = Self.framesBetweenTorpedoes
        torpedoes.append(Swimmer(cell: enemies[index].cell, dx: enemies[index].dx))
    }

    private mutating func moveTorpedoes(_ result: inout StepResult) {
        var index = 0
        while index < torpedoes.indices.upperBound {
            if torpedoes[index].cell == player { result.ending = .terminated }
            guard torpedoes[index].advance() else {
                torpedoes.remove(at: index)
                continue
            }
            if torpedoes[index].cell == player { result.ending = .terminated }
            index += 1
        }
    }

    private mutating func breathe(_ result: inout StepResult) {
        if air <= 0 { result.ending = .terminated }
        if player.y > Self.surfaceRow {
            air = max(air - 1, -1)
            isUp = 0
        } else if isUp == 0 {
            if diversAboard == 0 {
                result.ending = .terminated
            } else {
                comeUp(&result)
            }
        }
    }

    private mutating func comeUp(_ result: inout StepResult) {
        isUp = 1
        if diversAboard == Self.room {
            diversAboard = 0
            result.reward += Float(tenthsOfAir)
        }
        diversAboard -= 1
        air = Self.fullAir
        guard framesBetweenEnemies > 1 || moveFrames > 2 else { return }
        if isMoveNext == 1 { moveFrames = max(moveFrames - 1, 2) }
        framesBetweenEnemies = max(framesBetweenEnemies - 1, 1)
        isMoveNext = 1 - isMoveNext
    }

    private var tenthsOfAir: Int8 { Int8(max(air, 0) / (Self.fullAir / 10)) }

    public func draw(into observation: inout MutableSpan<UInt8>) {
        observation.mark(0, player)
        observation.mark(1, MinAtarCell(player.x - facing, player.y))
        for index in shots.indices { observation.mark(2, shots[index].cell) }
        for index in torpedoes.indices { observation.mark(4, torpedoes[index].cell) }
        for index in enemies.indices {
            observation.mark(enemies[index].isSubmarine == 1 ? 6 : 5, enemies[index].cell)
            if let trail = enemies[index].trail { observation.mark(3, trail) }
        }
        for index in divers.indices {
            observation.mark(9, divers[index].cell)
            if let trail = divers[index].trail { observation.mark(3, trail) }
        }
        let lowest = MinAtarCell.side - 1
        for x in 0..<tenthsOfAir { observation.mark(7, MinAtarCell(x, lowest)) }
        for x in (lowest - Int8(max(diversAboard, 0)))..<lowest { observation.mark(8, MinAtarCell(x, lowest)) }
    }

    public var isPossible: Bool {
        (-1_000_000_000...Self.room).contains(diversAboard) && (-1...Self.fullAir).contains(air) && MinAtarCell.isOnBoard(player.x)
            && (Self.surfaceRow...Self.bottom).contains(player.y) && abs(Int(facing)) == 1 && MinAtarCell.isOnBoard(player.x - facing)
            && isUp <= 1 && enemies.isPossible && torpedoes.isPossible && shots.isPossible && divers.isPossible
            && (1...20).contains(framesBetweenEnemies) && untilEnemy <= 20 && untilDiver <= Self.framesBetweenDivers
            && (2...5).contains(moveFrames) && untilShot <= Self.framesBetweenShots && isMoveNext <= 1
    }

    /// Column and row of the player and where it looks, air, divers aboard; frames until a shot is possible, until the next enemy and
    /// the next diver come; frames between enemies and between moves of theirs.
    public var trueState: [Float] {
        [Float(player.x), Float(player.y), Float(facing), Float(air), Float(diversAboard)]
            + [untilShot, untilEnemy, untilDiver, framesBetweenEnemies, moveFrames].map { Float($0) }
    }
}
