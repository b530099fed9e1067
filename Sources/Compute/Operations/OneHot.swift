private import CStarlingKernels

/// One of each `classes` neighbours is 1, the others 0: the first whose probability and those before it come to more than a uniform number.
struct OneHot: Operation {
    let classes: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.count == 1 && inputs[1] == Shape(rows: inputs[0].rows, dims: [inputs[0].width / classes])
                && inputs[0].width % classes == 0,
            "probabilities [R, n·\(classes)] and numbers [R, n] are needed, got \(inputs)")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [nil, nil] }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for (group, uniform) in inputs[1].values.enumerated() {
            var (reached, chosen) = (0.0, group * classes)
            for index in group * classes..<(group + 1) * classes where uniform >= reached {
                reached += inputs[0].values[index]
                if inputs[0].values[index] > 0 { chosen = index }
            }
            for index in group * classes..<(group + 1) * classes { output.values[index] = index == chosen ? 1 : 0 }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_ONE_HOT, i: UInt32(classes))) }

    static var samples: [Sample] {
        [(1, 1, 2), (7, 3, 5), (33, 16, 16)].map { rows, groups, classes in
            Sample(
                "one hot \(rows)×\(groups)×\(classes)", rows: rows,
                [.init(.perRow(.samples, groups * classes), .float(0...0.3)), .init(.perRow(.samples, groups), .float(0...1))]
            ) { $0.oneHot($1[0], at: $1[1], classes: classes) }
        }
    }
}

extension Graph {
    /// Draws one of each `classes` neighbours: `[R, n·classes]` probabilities, `[R, n]` uniform numbers in 0…1. No derivative passes.
    public mutating func oneHot(_ probabilities: Node, at uniform: Node, classes: Int) -> Node {
        apply(OneHot(classes: classes), probabilities, uniform)
    }
}
