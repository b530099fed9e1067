import CStarlingEnvironment
import Glibc
import StarlingEnvironments
import StarlingExperience

/// A shared library with environments (see starling_env.h), opened for good.
struct EnvironmentLibrary: Sendable {
    let path: String
    /// What it exports. What it is older than is NULL.
    nonisolated(unsafe) let table: starling_env_api

    /// - Throws: in one line what is wrong with the file, and how to mend it.
    init(path: String) throws(WorkerFault) {
        self.path = path
        try Self.check(path)
        // A name without a slash is looked for elsewhere.
        guard let handle = dlopen(path.contains("/") ? path : "./" + path, RTLD_NOW | RTLD_LOCAL) else {
            throw .refused("\(path) can't be loaded: \(dlerror().map { String(cString: $0) } ?? "the loader says nothing")")
        }
        guard let symbol = dlsym(handle, "starling_environment") else {
            throw .refused(
                "\(path) exports no starling_environment(): see starling_env.h; in C++ it needs extern \"C\", in Rust #[no_mangle]")
        }
        let entry = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeRawPointer?).self)
        guard let given = entry() else { throw .refused("\(path): starling_environment() gave NULL") }
        let (abi, size) = (given.load(as: UInt32.self), Int(given.load(fromByteOffset: 4, as: UInt32.self)))
        guard abi == UInt32(STARLING_ENV_ABI) else {
            throw .refused(
                "\(path) was compiled with version \(abi) of starling_env.h, and this program knows \(STARLING_ENV_ABI): compile it with the header of the same Starling"
            )
        }
        guard size >= Self.leastSize else {
            throw .refused("\(path): its table has the size \(size), which is none: set .size = sizeof(starling_env_api)")
        }
        var table = starling_env_api()
        withUnsafeMutableBytes(of: &table) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: given, count: min(size, $0.count)))
        }
        guard table.describe != nil, table.create != nil, table.reset != nil, table.step != nil, table.destroy != nil else {
            throw .refused("\(path): its table lacks describe, create, reset, step or destroy")
        }
        self.table = table
    }

    /// Of the table without what may be NULL.
    private static let leastSize = MemoryLayout<starling_env_api>.offset(of: \.save)!

    // MARK: -

    /// Whether a file is a library for this machine: what the loader says of others is no help.
    static func check(_ path: String) throws(WorkerFault) {
        guard let own = Header("/proc/self/exe") else { return }
        guard let header = Header(path) else {
            if access(path, R_OK) == 0 { throw .refused("\(path) is no shared library: compile it with cc -shared -fPIC") }
            throw .refused("\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        guard header.width == own.width, header.machine == own.machine else {
            throw .refused("\(path) was compiled for \(header), and this machine is \(own): compile it here")
        }
    }

    /// What the first bytes of an ELF file tell.
    private struct Header: CustomStringConvertible {
        let width: UInt8
        let machine: UInt16

        init?(_ path: String) {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 20)
            guard read(descriptor, &bytes, bytes.count) == bytes.count, bytes[..<4] == [0x7F, 0x45, 0x4C, 0x46] else { return nil }
            width = bytes[4]
            machine = bytes[5] == 1 ? UInt16(bytes[18]) | UInt16(bytes[19]) << 8 : UInt16(bytes[18]) << 8 | UInt16(bytes[19])
        }

        var description: String {
            let names: [UInt16: String] = [3: "x86", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V"]
            return "\(names[machine] ?? "machine \(machine)"), \(width == 1 ? 32 : 64) bits"
        }
    }
}

extension EnvironmentLibrary {
    /// Asks what options make of its environments.
    func describe(_ options: LibraryOptions.Told) throws(WorkerFault) -> WorkerDescription {
        try check(options)
        var spec = starling_env_spec()
        spec.size = UInt32(MemoryLayout<starling_env_spec>.size)
        if let why = Self.text(table.describe(options.json, &spec)) { throw .refused(why) }
        var description = WorkerDescription()
        description.observation = try observation(spec)
        description.action = try action(spec)
        description.masksActions = spec.masks_actions != 0
        if description.masksActions {
            guard table.masks != nil else { throw .refused("\(path): describe() gave masks_actions, and there is no masks()") }
            guard spec.action_count > 0 || spec.action_part_count > 0 else {
                throw .refused("\(path): describe() gave masks_actions, and only discrete actions have masks")
            }
        }
        description.tellsCost = spec.tells_cost != 0
        guard !description.tellsCost || table.costs != nil else {
            throw .refused("\(path): describe() gave tells_cost, and there is no costs()")
        }
        if spec.observation_limit != 0 { description.observationLimit = spec.observation_limit }
        if spec.reward_limit != 0 { description.rewardLimit = spec.reward_limit }
        for limit in [description.observationLimit, description.rewardLimit] where !EnvironmentSpec.limits.contains(limit) {
            throw .refused("\(path): describe() gave the limit \(limit), which is not within \(EnvironmentSpec.limits)")
        }
        description.playersAlternate = spec.players_alternate != 0
        description.versions = path
        return description
    }

    private func observation(_ spec: starling_env_spec) throws(WorkerFault) -> ObservationSpec {
        guard spec.part_count > 0 else {
            let (shape, scalar) = try array(spec.rank, spec.shape, spec.scalar)
            return ObservationSpec(shape: shape, scalar: scalar)
        }
        guard let first = spec.parts, spec.part_count <= ObservationSpec.partLimit else {
            throw .refused(
                "\(path): describe() gave part_count \(spec.part_count) without parts, or more than \(ObservationSpec.partLimit)")
        }
        var parts: [ObservationSpec.Part] = []
        for part in UnsafeBufferPointer(start: first, count: Int(spec.part_count)) {
            let (shape, scalar) = try array(part.rank, part.shape, part.scalar)
            parts.append(ObservationSpec.Part(Self.text(part.name) ?? "", shape, scalar))
        }
        let observation = ObservationSpec(parts: parts)
        if let fault = observation.fault { throw .refused("\(path): describe() gave parts that can't be: \(fault)") }
        guard observation.parts == parts else {
            throw .refused("\(path): describe() gave a part of bytes before one of float32: those of float32 come first, in memory too")
        }
        return observation
    }

    private func array(
        _ rank: UInt32, _ extents: some Any, _ scalar: UInt32
    ) throws(WorkerFault) -> (shape: [Int], scalar: ObservationSpec.Scalar) {
        let shape = withUnsafeBytes(of: extents) { $0.bindMemory(to: UInt32.self).prefix(Int(min(rank, 8))).map { Int($0) } }
        let count = shape.reduce(into: (Int(1), false)) { product, extent in
            let (next, overflows) = product.0.multipliedReportingOverflow(by: extent)
            product = (next, product.1 || overflows)
        }
        guard (1...8).contains(rank), !count.1, (1...Self.countLimit).contains(count.0) else {
            throw .refused("\(path): describe() gave rank \(rank) and shape \(shape), which no observation has")
        }
        guard scalar <= 1 else { throw .refused("\(path): describe() gave scalar \(scalar), which is neither 0 nor 1") }
        return (shape, scalar == UInt32(STARLING_UINT8) ? .uint8 : .float32)
    }

    private func action(_ spec: starling_env_spec) throws(WorkerFault) -> ActionSpec {
        var action = ActionSpec.discrete(Int(spec.action_count))
        if spec.action_part_count > 0 {
            guard spec.action_part_count <= 4096, let counts = spec.action_counts else {
                throw .refused(
                    "\(path): describe() gave action_part_count \(spec.action_part_count) without action_counts, or more than 4096")
            }
            action = .multiDiscrete(UnsafeBufferPointer(start: counts, count: Int(spec.action_part_count)).map { Int($0) })
        } else if spec.action_count == 0 {
            let width = Int(spec.action_width)
            guard (1...4096).contains(width), let low = spec.low, let high = spec.high else {
                throw .refused(
                    "\(path): describe() gave neither action_count, nor action_counts, nor action_width (1 to 4096) with low and high")
            }
            action = .continuous(
                low: Array(UnsafeBufferPointer(start: low, count: width)), high: Array(UnsafeBufferPointer(start: high, count: width)))
        }
        if let fault = action.fault { throw .refused("\(path): describe() gave actions that can't be: \(fault)") }
        return action
    }

    private func check(_ options: LibraryOptions.Told) throws(WorkerFault) {
        guard var place = table.options else { return }
        var names: [String] = []
        while let name = place.pointee {
            names.append(String(cString: name))
            place += 1
        }
        for word in options.words where !names.contains(word) {
            let hint = NearestName.hint(for: word, among: names).map { "; did you mean environment.\($0)?" } ?? "."
            throw .refused("it has no option environment.\(word)\(hint) It has: \(names.isEmpty ? "none" : names.joined(separator: ", "))")
        }
    }

    /// Scalars of an observation at most.
    private static let countLimit = 1 << 26
    private static let textByteLimit = 500

    /// What a function said, in a line; nil where it said nothing.
    static func text(_ words: UnsafePointer<CChar>?) -> String? {
        guard let words else { return nil }
        let bytes = UnsafeRawBufferPointer(start: words, count: strnlen(words, textByteLimit))
        let lines = String(decoding: bytes, as: UTF8.self).split { $0.isNewline }
        return lines.isEmpty ? "it doesn't say why" : PrintableText.escaped(lines.joined(separator: "; "))
    }
}
