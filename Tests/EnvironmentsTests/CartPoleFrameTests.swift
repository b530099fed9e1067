import Glibc
import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct CartPoleFrameTests {
    private static let side = CartPoleFrame.side

    private static func state(_ x: Double, _ theta: Double) -> CartPole.State {
        CartPole.State(x: x, xDot: 0, theta: theta, thetaDot: 0)
    }

    /// Every pixel's covered part, from the geometry, one by one: the slow way.
    private func reference(_ state: CartPole.State) -> [Double] {
        (0..<CartPoleFrame.byteCount).map { i in
            let (row, column) = (i / Self.side, Double(i % Self.side))
            /// Part of this pixel between two places, in metres of the track from its middle beside `shift` pixels.
            func covered(shift: Double, width: Double) -> Double {
                let middle = 16 + 5 * state.x + shift
                return max(0, min(column + 1, middle + width / 2) - max(column, middle - width / 2))
            }
            switch row {
            case 31: return 96.0 / 255
            case 26...30: return covered(shift: 0, width: 7)
            default:
                let height = 25.5 - Double(row)
                let filled = min(1, max(0, 25 * cos(state.theta) - (height - 0.5)))
                return filled * covered(shift: height * tan(state.theta), width: 3 / cos(state.theta))
            }
        }
    }

    /// Places all over the track and beyond its ends, angles to beyond a fall, none of them round.
    private static let states = (0..<400).map { i in
        state(Double(i) * 0.0127 - 2.54, Double(i * 149 % 400) * 0.00117 - 0.234)
    }

    @Test func everyPixelIsAsBrightAsItsCoveredPart() {
        for state in Self.states {
            for (grey, part) in zip(state.frame, reference(state)) {
                guard abs(Double(grey) - 255 * part) < 1 else {
                    Issue.record("at x \(state.x), θ \(state.theta): \(grey) instead of \(255 * part)")
                    return
                }
            }
        }
    }

    @Test func mirroredStatesGiveMirroredPictures() {
        for state in Self.states + [Self.state(0, 0), Self.state(2.4, -0.2094), Self.state(1e-9, 1e-9)] {
            let row = state.frame
            let mirrored = Self.state(-state.x, -state.theta).frame
            for top in stride(from: 0, to: row.count, by: Self.side) {
                #expect(row[top..<top + Self.side].elementsEqual(mirrored[top..<top + Self.side].reversed()))
            }
        }
    }

    /// 1 mm and 0.2 mrad: less than what a step moves at 0.05 m/s and 0.01 rad/s.
    @Test func aSmallMotionShows() {
        let places = (-2400...2400).map { Self.state(Double($0) / 1000, 0) }
        #expect(Set(places.map(\.frame)).count == places.count)
        for x in [-2.4, -0.7, 0, 0.0123, 2.4] {
            let angles = (-1047...1047).map { Self.state(x, Double($0) / 5000) }
            #expect(Set(angles.map(\.frame)).count == angles.count, "at \(x)")
        }
        let both = (0..<3600).map { Self.state(Double($0 / 60) * 0.08 - 2.36, Double($0 % 60) * 0.007 - 0.2065) }
        #expect(Set(both.map(\.frame)).count == both.count)
    }

    /// Velocities can't be seen in one frame, nor can anything else but the place and the angle.
    @Test func aFrameFollowsFromPlaceAndAngle() {
        for var state in Self.states.prefix(50) {
            let row = state.frame
            (state.xDot, state.thetaDot) = (1.5, -2)
            #expect(state.frame == row)
        }
    }

    /// Far states, and what no episode reaches, stay within the picture's memory: the bytes around it don't change.
    @Test func nothingIsDrawnBesideThePicture() {
        let far: [Double] = [0, 2.5, 3, 1e9, -1e9, .infinity, -.infinity, .nan]
        for x in far {
            for theta in far {
                var row = [UInt8](repeating: 7, count: 3 * CartPoleFrame.byteCount)
                for i in 0..<CartPoleFrame.byteCount { row[CartPoleFrame.byteCount + i] = 0 }
                var span = row.mutableSpan
                var pixels = span.mutableBytes
                CartPoleFrame.draw(Self.state(x, theta), into: &pixels, at: CartPoleFrame.byteCount)
                let (before, after) = (row.prefix(CartPoleFrame.byteCount), row.suffix(CartPoleFrame.byteCount))
                #expect(before.allSatisfy { $0 == 7 } && after.allSatisfy { $0 == 7 })
                #expect(row[CartPoleFrame.byteCount..<2 * CartPoleFrame.byteCount].contains(255), "the cart")
            }
        }
    }

    /// What a policy has learned depends on every bit of these pictures, on every machine.
    @Test func picturesNeverChange() {
        var sum: UInt64 = 0
        for state in Self.states {
            for grey in state.frame { sum = Seed.finalize(sum ^ UInt64(grey)) }
        }
        #expect(sum == 12_697_157_877_305_702_271)
    }
}

extension CartPole.State {
    /// `[32 · 32]`.
    var frame: [UInt8] {
        var row = [UInt8](repeating: 0, count: CartPoleFrame.byteCount)
        var span = row.mutableSpan
        var pixels = span.mutableBytes
        CartPoleFrame.draw(self, into: &pixels, at: 0)
        return row
    }
}
