import Foundation

/// What steps of environments cost, without policy and learner.
package struct EnvironmentReport: Encodable {
    package let format = 1
    package let environment: String
    package let groups: Int
    /// Environments of a group.
    package let width: Int
    /// Of every measurement.
    package let seconds: Double
    package let cores: Int
    package let processor: String
    /// The environment's own comes first; the others were measured in its turns.
    package let rows: [Row]

    package struct Row: Encodable {
        package let name: String
        /// One of each turn.
        package let measurements: [Double]
        package let medianStepsPerSecond: Double
        /// The median over turns of the first row's steps beside this one's.
        package let firstTimesAsFast: Double

        /// - Parameters:
        ///   - measurements: steps a second.
        ///   - first: those of the first row.
        package init(_ name: String, _ measurements: [Double], beside first: [Double]) {
            self.name = name
            self.measurements = measurements
            medianStepsPerSecond = measurements.median
            firstTimesAsFast = zip(first, measurements).map { $0 / $1 }.median
        }
    }

    /// - Parameters:
    ///   - cores: of the machine.
    package init(
        environment: String, groups: Int, width: Int, seconds: Double, cores: Int, processor: String, rows: [Row]
    ) {
        self.environment = environment
        self.groups = groups
        self.width = width
        self.seconds = seconds
        self.cores = cores
        self.processor = processor
        self.rows = rows
    }

    package var text: String {
        let first = rows[0]
        let repeats = first.measurements.count
        let head = "\(environment), \(groups) × \(width) environments, \(repeats) × \(seconds) s, \(cores) cores: \(processor)"
        let lines = rows.enumerated().map { place, row in
            let name = row.name + String(repeating: " ", count: max(2, 20 - row.name.count))
            let rate = "\(name)\(Int(row.medianStepsPerSecond).formatted()) steps/s"
            return place == 0 ? rate : "\(rate); \(first.name) is \(row.firstTimesAsFast.text(3)) times as fast"
        }
        return ([head] + lines).joined(separator: "\n")
    }
}
