import StarlingCompute
import StarlingThreads
import Testing

/// A device with other kernels, and another table, than the CPU's.
@Suite struct DeviceTests {
    private struct Other: Device {
        let cpu = CPUDevice()
        var name: String { "other" }

        func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable {
            try cpu.compile(program, tuning: tuning)
        }

        func sharesColumns(_ kernel: KernelName) -> Bool { cpu.sharesColumns(kernel) }

        func squaredNorm(_ gradients: UnsafeBufferPointer<Float>, over ranges: [Range<Int>]) -> Double {
            cpu.squaredNorm(gradients, over: ranges)
        }

        func apply(
            _ step: UpdateStep, to parameters: ParameterBank, gradients: UnsafeBufferPointer<Float>, state: [ParameterBank],
            over ranges: [Range<Int>], team: WorkerTeam?
        ) { cpu.apply(step, to: parameters, gradients: gradients, state: state, over: ranges, team: team) }

        func average(_ source: ParameterBank, into target: ParameterBank, share: Float, over ranges: [Range<Int>]) {
            cpu.average(source, into: target, share: share, over: ranges)
        }

        private func isProduct(_ site: ProductSite) -> Bool { site.layer.hasPrefix("product ") }

        // Without the kernel that the CPU's table names for the site.
        func kernels(for site: ProductSite) -> [KernelName] {
            isProduct(site) ? [CPUKernel.library.name, CPUKernel.columns.name] : cpu.kernels(for: site)
        }

        func usualKernel(for site: ProductSite, tuning: Tuning) -> KernelName {
            isProduct(site) ? CPUKernel.library.name : cpu.usualKernel(for: site, tuning: tuning)
        }
    }

    private static func graph() -> Graph {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 256), Float.self)
        _ = g.output("y", g.linear(x.node, weight: g.parameter("w", [256, 256], .uniform(bound: 0.1))))
        return g
    }

    private static func plan(_ device: any Device, _ tuning: Tuning) throws -> Plan {
        try Plan(graph(), rows: [.samples: 64], device: device, tuning: tuning)
    }

    @Test func theDevicesTableDecidesUnlessTimingDoes() throws {
        #expect(try Self.plan(CPUDevice(), .fixed).choices.map(\.kernel) == [CPUKernel.tiles.rawValue])
        #expect(try Self.plan(Other(), .fixed).choices.map(\.kernel) == [CPUKernel.library.rawValue])
    }

    @Test func timingChoosesAmongTheDevicesOwnKernels() throws {
        let tuning = try Self.plan(Other(), .timed).tuning
        #expect(tuning.device == "other" && tuning.choices.count == 1)
        let names = tuning.choices.values.flatMap(\.microseconds.keys)
        #expect(Set(names) == [CPUKernel.library.rawValue, CPUKernel.columns.rawValue])
    }
}
