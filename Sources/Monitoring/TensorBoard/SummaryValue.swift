/// A value of a summary, as TensorBoard's plugins read it (`tensorboard/compat/proto/summary.proto`, `tensor.proto`).
struct SummaryValue {
    let message: WireMessage

    /// `DataClass`.
    private enum DataClass: UInt64 { case tensor = 2, blobs = 3 }
    /// `DataType`.
    private enum DataType: UInt64 { case float = 1, double = 2, text = 7 }

    static func scalar(_ tag: String, _ value: Double) -> SummaryValue {
        var message = WireMessage()
        message.add(1, text: tag)
        message.add(2, float: Float(value))
        return SummaryValue(message: message)
    }

    /// - Parameter buckets: from left to right.
    static func histogram(_ tag: String, _ buckets: [HistogramBucket]) -> SummaryValue {
        let numbers = buckets.flatMap { [$0.left, $0.right, $0.count] }
        let content = numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
        return value(tag, plugin: "histograms", .tensor) { tensor in
            tensor.add(1, integer: DataType.double.rawValue)
            tensor.add(2, shape([buckets.count, 3]))
            tensor.add(4, bytes: content)
        }
    }

    /// In Markdown.
    static func text(_ tag: String, _ words: String) -> SummaryValue {
        value(tag, plugin: "text", .tensor) { tensor in
            tensor.add(1, integer: DataType.text.rawValue)
            tensor.add(2, shape([1]))
            tensor.add(8, text: words)
        }
    }

    /// - Parameter png: a picture's file.
    static func image(_ tag: String, width: Int, height: Int, png: [UInt8]) -> SummaryValue {
        value(tag, plugin: "images", .blobs) { tensor in
            tensor.add(1, integer: DataType.text.rawValue)
            tensor.add(2, shape([3]))
            tensor.add(8, text: String(width))
            tensor.add(8, text: String(height))
            tensor.add(8, bytes: png)
        }
    }

    /// What a session begins with (`tensorboard/plugins/hparams/plugin_data.proto`).
    static func sessionStart(_ parameters: [(name: String, value: HyperParameter)], group: String, time: Double) -> SummaryValue {
        session("session_start_info") { data in
            data.add(3) { start in
                for parameter in parameters {
                    start.add(1) { entry in
                        entry.add(1, text: parameter.name)
                        entry.add(2, parameter.value.message)
                    }
                }
                start.add(4, text: group)
                start.add(5, double: time)
            }
        }
    }

    static func sessionEnd(hasFailed: Bool, time: Double) -> SummaryValue {
        session("session_end_info") { data in
            data.add(4) { end in
                end.add(1, integer: hasFailed ? 2 : 1)
                end.add(2, double: time)
            }
        }
    }

    private static func session(_ tag: String, _ build: (inout WireMessage) -> Void) -> SummaryValue {
        value("_hparams_/\(tag)", plugin: "hparams", content: WireMessage(build).bytes) { tensor in
            // Says nothing, and is asked for.
            tensor.add(1, integer: DataType.float.rawValue)
            tensor.add(2, shape([0]))
        }
    }

    private static func value(
        _ tag: String, plugin: String, _ dataClass: DataClass? = nil, content: [UInt8]? = nil, _ tensor: (inout WireMessage) -> Void
    ) -> SummaryValue {
        var message = WireMessage()
        message.add(1, text: tag)
        message.add(9) { metadata in
            metadata.add(1) { data in
                data.add(1, text: plugin)
                if let content { data.add(2, bytes: content) }
            }
            if let dataClass { metadata.add(4, integer: dataClass.rawValue) }
        }
        message.add(8, tensor)
        return SummaryValue(message: message)
    }

    private static func shape(_ sizes: [Int]) -> WireMessage {
        WireMessage { shape in
            for size in sizes { shape.add(2) { $0.add(1, integer: UInt64(size)) } }
        }
    }
}

/// A setting, as the comparison of runs shows it: `google.protobuf.Value`.
package enum HyperParameter: Hashable, Sendable {
    case number(Double)
    case text(String)
    case truth(Bool)

    /// As a key prints it.
    package init(_ text: String) {
        self =
            switch text {
            case "true", "false": .truth(text == "true")
            default: Double(text).map { .number($0) } ?? .text(text)
            }
    }

    fileprivate var message: WireMessage {
        WireMessage { message in
            switch self {
            case .number(let number): message.add(2, double: number)
            case .text(let text): message.add(3, text: text)
            case .truth(let truth): message.add(4, integer: truth ? 1 : 0)
            }
        }
    }
}

/// How many values lie from `left` to `right`.
struct HistogramBucket: Hashable {
    let left: Double
    let right: Double
    var count: Double

    /// Values in buckets of equal width; one where all are the same.
    static func buckets(of values: [Float], atMost limit: Int = 30) -> [HistogramBucket] {
        guard let least = values.min().map(Double.init), let most = values.max().map(Double.init), (most - least).isFinite else {
            return []
        }
        guard least < most else { return [HistogramBucket(left: least, right: most, count: Double(values.count))] }
        let width = (most - least) / Double(limit)
        var buckets = (0..<limit).map { place in
            HistogramBucket(
                left: least + Double(place) * width, right: place == limit - 1 ? most : least + Double(place + 1) * width, count: 0)
        }
        for value in values { buckets[min(limit - 1, max(0, Int((Double(value) - least) / width)))].count += 1 }
        return buckets
    }

    /// A bucket for each whole number from 0, up to the last that has any.
    static func buckets(counts: [UInt64]) -> [HistogramBucket] {
        counts.enumerated().map { HistogramBucket(left: Double($0) - 0.5, right: Double($0) + 0.5, count: Double($1)) }
    }
}
