package import StarlingThreads

// The equations as they stand in the papers, a number at a time.

extension ReferenceDevice {
    package func squaredNorm(_ gradients: UnsafeBufferPointer<Float>, over ranges: [Range<Int>]) -> Double {
        ranges.joined().reduce(0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }
    }

    package func apply(
        _ step: UpdateStep, to parameters: ParameterBank, gradients: UnsafeBufferPointer<Float>, state: [ParameterBank],
        over ranges: [Range<Int>], team: WorkerTeam?
    ) {
        for index in ranges.joined() {
            let g = Double(gradients[index]) * Double(step.scale)
            func keep(_ number: Int, _ change: (Double) -> Double) -> Double { state[number].change(index, change) }
            let rate = Double(step.rate)
            switch step.rule {
            case .adam(let beta1, let beta2, let epsilon, let weightDecay):
                let (b1, b2) = (Double(beta1), Double(beta2))
                let m = keep(0) { b1 * $0 + (1 - b1) * g } / (1 - power(b1, step.number))
                let v = keep(1) { b2 * $0 + (1 - b2) * g * g } / (1 - power(b2, step.number))
                _ = parameters.change(index) { $0 * (1 - rate * Double(weightDecay)) - rate * m / (v.squareRoot() + Double(epsilon)) }
            case .rmsProp(let decay, let epsilon):
                let v = keep(0) { Double(decay) * $0 + (1 - Double(decay)) * g * g }
                _ = parameters.change(index) { $0 - rate * g / (v.squareRoot() + Double(epsilon)) }
            case .momentum(let decay):
                let m = keep(0) { Double(decay) * $0 + g }
                _ = parameters.change(index) { $0 - rate * m }
            }
        }
    }

    package func average(_ source: ParameterBank, into target: ParameterBank, share: Float, over ranges: [Range<Int>]) {
        for index in ranges.joined() {
            let other = source.withUnsafeBufferPointer { Double($0[index]) }
            _ = target.change(index) { (1 - Double(share)) * $0 + Double(share) * other }
        }
    }

    private func power(_ base: Double, _ exponent: UInt64) -> Double { (0..<exponent).reduce(1) { power, _ in power * base } }
}

extension ParameterBank {
    /// - Returns: the new number, before it is rounded.
    fileprivate func change(_ index: Int, _ body: (Double) -> Double) -> Double {
        withUnsafeMutableBufferPointer { values in
            let result = body(Double(values[index]))
            values[index] = Float(result)
            return result
        }
    }
}
