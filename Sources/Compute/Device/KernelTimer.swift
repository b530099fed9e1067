import StarlingThreads

/// Times the kernels that a device offers for the products of a program, each in a plan of its own, and adds the choices to a
/// tuning. Candidates take turns; the table's kernel stays unless another is clearly quicker by the median and by the shortest
/// run: on a busy machine medians tell of the neighbours.
struct KernelTimer {
    /// Sites with less work are left to the table: their kernels differ by a few microseconds at most.
    static let smallestSite = 1 << 23
    /// Work of one run while timing: larger sites are timed with fewer rows.
    static let largestRun = 1 << 29
    /// What another kernel may take of the table's time to be chosen.
    static let margin = 0.92
    /// Seconds for all sites of a program, about.
    static let seconds = 0.8
    /// Timed runs of each candidate.
    static let rounds = 3...9

    let device: any Device
    let team: WorkerTeam?

    /// The tuning with a choice for every site of the program that is worth timing and has none.
    func complete(_ tuning: Tuning, for program: Program) throws(ComputeError) -> Tuning {
        var result = tuning
        if result.device != device.name { result.choices = [:] }
        result.device = device.name
        var sites: [ProductSite] = []
        for site in program.sites {
            guard site.operations >= Self.smallestSite, result.choices[site.key] == nil, !sites.contains(site),
                candidates(site, tuning).count > 1
            else { continue }
            sites.append(site)
        }
        // Where most is to be won first, so that what time is left for is told by the work and not by the order.
        sites.sort { ($1.operations, $0.key) < ($0.operations, $1.key) }
        var work = sites.reduce(0) { $0 + min($1.operations, Self.largestRun) }
        let start = Deadline.now
        for site in sites {
            let share = min(site.operations, Self.largestRun)
            let left = max(0, Self.seconds - Deadline.now.seconds(since: start))
            result.choices[site.key] = try choose(site, tuning, seconds: left * Double(share) / Double(work))
            work -= share
        }
        return result
    }

    /// What the table says, and after it the device's others.
    private func candidates(_ site: ProductSite, _ tuning: Tuning) -> [KernelName] {
        let usual = device.usualKernel(for: site, tuning: tuning)
        return [usual] + device.kernels(for: site).filter { $0 != usual }
    }

    private func choose(_ site: ProductSite, _ tuning: Tuning, seconds: Double) throws(ComputeError) -> Tuning.Choice {
        let rows = min(site.rows, max(1, Self.largestRun / (site.operations / site.rows)))
        var runs: [SiteRun] = []
        for kernel in candidates(site, tuning) { runs.append(try SiteRun(site.with(rows: rows), kernel, tuning, device, team)) }
        for index in runs.indices { runs[index].run() }
        let start = Deadline.now
        var round = 0
        while round < Self.rounds.lowerBound || (round < Self.rounds.upperBound && Deadline.now.seconds(since: start) < seconds) {
            for index in runs.indices { runs[index].time() }
            round += 1
        }
        let table = runs[0]
        let quicker = runs.filter { $0.median < Self.margin * table.median && $0.shortest < Self.margin * table.shortest }
        let scale = 1e6 * Double(site.rows) / Double(rows)
        return Tuning.Choice(
            kernel: quicker.min { $0.shortest < $1.shortest }?.kernel ?? table.kernel,
            microseconds: Dictionary(uniqueKeysWithValues: runs.map { ($0.kernel.description, (10 * scale * $0.median).rounded() / 10) }))
    }
}

/// One site on one kernel, alone in a plan.
private struct SiteRun {
    let kernel: KernelName
    private let executable: any Executable
    private let bank: ParameterBank
    private var times: [Double] = []

    init(_ site: ProductSite, _ kernel: KernelName, _ tuning: Tuning, _ device: any Device, _ team: WorkerTeam?) throws(ComputeError) {
        self.kernel = kernel
        var tuning = tuning
        tuning.choices = [site.key: Tuning.Choice(kernel: kernel, microseconds: [:])]
        let graph = site.graph
        executable = try device.compile(
            Program(graph, rows: [.samples: site.rows], device: device, team: team, tuning: tuning), tuning: tuning)
        bank = ParameterBank(graph.layout)
    }

    /// As in training: the weights are new each time, so packing them counts.
    func run() {
        bank.withUnsafeMutableBufferPointer { _ in }
        executable.run(.backward, with: ParameterBanks(bank), rows: nil)
    }

    mutating func time() {
        let start = Deadline.now
        run()
        times.append(Deadline.now.seconds(since: start))
    }

    var shortest: Double { times.min()! }
    var median: Double { times.sorted()[times.count / 2] }
}

extension ProductSite {
    /// The site alone, in the backward stage; what brings its operands into their layout is in the forward stage.
    fileprivate var graph: Graph {
        var g = Graph()
        func rows(_ name: String, _ dims: [Int]) -> Node {
            let node = g.input(name, Shape(rows: .samples, dims: dims), Float.self).node
            return dims.count == 3 ? g.laid(node, as: .channelsLast) : node
        }
        func weight(_ dims: [Int]) -> Node { g.parameter("w", dims, .zeros) }
        let a: Node
        let b: Node
        switch kind {
        case .product(let depth, let columns): (a, b) = (rows("x", [depth]), weight([columns, depth]))
        case .productTransposed(let depth, let columns): (a, b) = (rows("x", [depth]), weight([depth, columns]))
        case .outerProduct(let height, let width): (a, b) = (rows("a", [height]), rows("c", [width]))
        case .patchProduct(let grid): (a, b) = (rows("x", grid.imageDims), weight(grid.weightDims))
        case .patchProductTransposed(let grid): (a, b) = (rows("x", grid.gridDims), weight(grid.weightDims))
        case .patchOuterProduct(let grid): (a, b) = (rows("x", grid.gridDims), rows("image", grid.imageDims))
        }
        g.floor = .backward
        switch kind {
        case .product: g.keep(g.apply(Linear(), a, b))
        case .productTransposed: g.keep(g.apply(LinearTransposed(), a, b))
        case .outerProduct: g.keep(g.apply(OuterProduct(), a, b))
        case .patchProduct(let grid): g.keep(g.apply(Convolution(grid: grid), a, b))
        case .patchProductTransposed(let grid): g.keep(g.apply(TransposeConvolution(grid: grid), a, b))
        case .patchOuterProduct(let grid): g.keep(g.apply(PatchOuterProduct(grid: grid), a, b))
        }
        return g
    }
}
