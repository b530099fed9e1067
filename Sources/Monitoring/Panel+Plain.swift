package import StarlingLearning
import StarlingMetrics

extension Panel {
    /// A report as one line for a pipe or a file, in aligned columns.
    package static func plainLine(_ report: LearnerReport) -> String {
        let lag = report.policyLag
        let lags =
            lag.median.isNaN
            ? "-" : [lag.median, lag.percentile95, lag.maximum].map(Quantity.trimmed).joined(separator: "/")
        var columns = [
            Quantity.duration(report.wallSeconds).leading(to: 7),
            "return " + (report.meanReturn.map { Quantity.meanReturn($0) } ?? "-").leading(to: 7),
            "frames " + Quantity.grouped(report.frames).leading(to: 11),
            Quantity.grouped(UInt64(clamping: report.framesPerSecond)).leading(to: 9) + "/s",
            "lag " + lags.padding(to: 7),
        ]
        for metric in report.metrics.all {
            guard let label = metric.cell?.plainLabel else { continue }
            columns.append(label + " " + known(report.metrics[metric]).leading(to: 6))
        }
        columns.append("actors " + String(report.actorsAlive).leading(to: 2))
        if !report.isTraining, report.ending == nil { columns.append("evaluating") }
        if let left = report.secondsLeft { columns.append("left " + Quantity.duration(left)) }
        return columns.joined(separator: "  ")
    }

    /// NaN says that there was nothing to tell.
    private static func known(_ number: Double) -> String { number.isNaN ? "-" : Quantity.significant(number) }
}
