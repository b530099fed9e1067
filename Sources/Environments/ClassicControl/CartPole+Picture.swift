extension CartPole {
    /// The track from −2.4 to 2.4, the cart on it, and the pole with its tilt exaggerated.
    public var picture: Picture? {
        let (width, poleHeight) = (49, 5)
        func column(_ x: Double) -> Int { min(width - 1, max(0, Int(((x / 2.4 + 1) / 2 * Double(width - 1)).rounded()))) }
        let cart = column(state.x)
        var lines: [[Character]] = Array(repeating: Array(repeating: " ", count: width), count: poleHeight)
        for height in 1...poleHeight {
            let lean = state.theta * 4 * Double(height)
            let place = min(width - 1, max(0, cart + Int(lean.rounded())))
            lines[poleHeight - height][place] = lean > 0.5 ? "/" : lean < -0.5 ? "\\" : "|"
        }
        var track: [Character] = Array(repeating: "-", count: width)
        for place in cart - 2...cart + 2 where track.indices.contains(place) { track[place] = "#" }
        return .text((lines + [track]).map { String($0) })
    }
}
