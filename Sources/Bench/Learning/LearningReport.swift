/// What `starling bench learning` found.
package struct LearningReport: Encodable {
    package let format = 1
    package let build: String
    package let processor: String
    package let cores: Int
    package let seeds: [UInt64]
    package let rows: [Row]

    /// A row and how its runs ended, seed by seed.
    package struct Row: Encodable {
        package let row: LearningRow
        package let outcomes: [LearningOutcome]
        /// Why it was not run, where it wasn't.
        package let skipped: String?

        package init(_ row: LearningRow, _ outcomes: [LearningOutcome]) { (self.row, self.outcomes, skipped) = (row, outcomes, nil) }

        package init(_ row: LearningRow, skipped: String) { (self.row, outcomes, self.skipped) = (row, [], skipped) }

        package var isReached: Bool { row.goal.isReached(by: outcomes) }
        package var runs: [LearningOutcome.Run] { outcomes.compactMap(\.run) }
        package var failures: [String] { outcomes.compactMap(\.failure) }
        /// What is measured beside returns, run by run.
        package var measures: [(name: String, figures: [Double])] {
            Set(runs.flatMap(\.measures.keys)).sorted().map { name in (name, runs.compactMap { $0.measures[name] }) }
        }

        private enum CodingKeys: CodingKey {
            case name, recipe, settings, goal, judgement, episodes, environment, options, published, source, command, skipped, outcomes,
                isReached
            case frames, seconds, meanReturn, medianReturn, interquartileMeanReturn, measures
        }

        package func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: CodingKeys.self)
            try object.encode(row.name, forKey: .name)
            try object.encode(row.recipe, forKey: .recipe)
            try object.encode(row.settings, forKey: .settings)
            try object.encode(row.goal, forKey: .goal)
            try object.encode(row.judgement, forKey: .judgement)
            try object.encode(row.episodes, forKey: .episodes)
            try object.encodeIfPresent(row.environment, forKey: .environment)
            if !row.options.isEmpty { try object.encode(row.options, forKey: .options) }
            try object.encode(row.published, forKey: .published)
            try object.encode(row.source, forKey: .source)
            try object.encode(row.command, forKey: .command)
            if let skipped { return try object.encode(skipped, forKey: .skipped) }
            try object.encode(outcomes, forKey: .outcomes)
            try object.encode(isReached, forKey: .isReached)
            guard !runs.isEmpty else { return }
            try object.encode(runs.map { Double($0.frames) }.median, forKey: .frames)
            try object.encode(runs.map(\.seconds).median, forKey: .seconds)
            try object.encode(runs.map(\.meanReturn).median, forKey: .medianReturn)
            try object.encode(ConfidenceInterval(runs.map(\.meanReturn)), forKey: .meanReturn)
            try object.encode(InterquartileMean(runs.map(\.meanReturn)), forKey: .interquartileMeanReturn)
            guard !measures.isEmpty else { return }
            let intervals = measures.map { ($0.name, ConfidenceInterval($0.figures)) }
            try object.encode(Dictionary(uniqueKeysWithValues: intervals), forKey: .measures)
        }
    }

    package init(build: String, processor: String, cores: Int, seeds: [UInt64], rows: [Row]) {
        (self.build, self.processor, self.cores, self.seeds, self.rows) = (build, processor, cores, seeds, rows)
    }
}

extension LearningRow {
    /// Trains it, with S for the seed.
    package var command: String { "starling " + training(seed: "S").joined(separator: " ") }
}
