import CStarlingKernels
import Glibc
package import StarlingThreads

extension CPUDevice {
    package func squaredNorm(_ gradients: UnsafeBufferPointer<Float>, over ranges: [Range<Int>]) -> Double {
        ranges.reduce(0) { $0 + starling_sum_of_squares(gradients.baseAddress! + $1.lowerBound, $1.count) }
    }

    package func apply(
        _ step: UpdateStep, to parameters: ParameterBank, gradients: UnsafeBufferPointer<Float>, state: [ParameterBank],
        over ranges: [Range<Int>], team: WorkerTeam?
    ) {
        precondition(state.count == step.rule.stateNames.count, "\(step.rule) keeps \(step.rule.stateNames.count) arrays")
        for bank in state { precondition(bank.count == parameters.count, "state of \(bank.count) floats, not \(parameters.count)") }
        var work = FlatWork(parameters: parameters, gradients: gradients.baseAddress!, state: state, step: step)
        for range in ranges { work.run(range, team) }
    }

    package func average(
        _ source: ParameterBank, into target: ParameterBank, share: Float, over ranges: [Range<Int>]
    ) {
        precondition(source.count == target.count, "banks of \(source.count) and \(target.count) floats")
        target.withUnsafeMutableBufferPointer { target in
            for range in ranges {
                let (to, from) = (target.baseAddress! + range.lowerBound, source.base + range.lowerBound)
                if share == 1 { to.update(from: from, count: range.count) } else { starling_mix(to, from, range.count, share) }
            }
        }
    }
}

/// A step over flat arrays, each worker a part of them: large models take milliseconds for this. The same bits for any team,
/// because every number is on its own.
private struct FlatWork {
    private let step: UpdateStep
    private let parameters: UnsafeMutablePointer<Float>
    private let gradients: UnsafePointer<Float>
    private let first: UnsafeMutablePointer<Float>
    private let second: UnsafeMutablePointer<Float>?
    private var start = 0
    private var count = 0
    private var workers = 1

    /// Floats from which on a team shares the work.
    private static let smallestShared = 1 << 16

    init(parameters: ParameterBank, gradients: UnsafePointer<Float>, state: [ParameterBank], step: UpdateStep) {
        self.step = step
        self.gradients = gradients
        self.parameters = parameters.withUnsafeMutableBufferPointer { $0.baseAddress! }
        first = state[0].withUnsafeMutableBufferPointer { $0.baseAddress! }
        second = state.count > 1 ? state[1].withUnsafeMutableBufferPointer { $0.baseAddress! } : nil
    }

    mutating func run(_ range: Range<Int>, _ team: WorkerTeam?) {
        (start, count, workers) = (range.lowerBound, range.count, team?.count ?? 1)
        guard let team, count >= Self.smallestShared else {
            workers = 1
            return share(0)
        }
        withUnsafeMutablePointer(to: &self) {
            team.run(UnsafeMutableRawPointer($0)) { context, worker in
                context.assumingMemoryBound(to: FlatWork.self).pointee.share(worker)
            }
        }
    }

    private func share(_ worker: Int) {
        // Whole cache lines.
        let lines = count / ParameterLayout.alignment
        let low = lines * worker / workers * ParameterLayout.alignment
        let high = worker + 1 == workers ? count : lines * (worker + 1) / workers * ParameterLayout.alignment
        let (at, size) = (start + low, high - low)
        switch step.rule {
        case .adam(let beta1, let beta2, let epsilon, let weightDecay):
            if weightDecay > 0 { starling_multiply(parameters + at, size, 1 - step.rate * weightDecay) }
            starling_adam(
                parameters + at, gradients + at, first + at, second! + at, size, step.rate, beta1, beta2, epsilon,
                1 / (1 - powf(beta1, Float(step.number))), 1 / (1 - powf(beta2, Float(step.number))), step.scale)
        case .rmsProp(let decay, let epsilon):
            starling_rms_prop(
                parameters + at, gradients + at, first + at, size, step.rate, decay, epsilon, step.scale)
        case .momentum(let decay):
            starling_momentum(parameters + at, gradients + at, first + at, size, step.rate, decay, step.scale)
        }
    }
}
