/// Parameters that are trained together: those of some modules. The module of a parameter is its name up to the first dot.
public struct ParameterGroup: Hashable, Sendable {
    /// As phases name it.
    public let name: String
    /// nil: all there are.
    public let modules: [String]?
    /// None of these.
    private var others: [String] = []

    public init(_ name: String, modules: [String]) { (self.name, self.modules) = (name, modules) }

    private init(all name: String) { (self.name, modules) = (name, nil) }

    /// Every parameter of a graph.
    public static let all = ParameterGroup(all: "all")

    /// Whether a parameter is of it.
    public func holds(_ slot: ParameterLayout.Slot) -> Bool {
        (modules?.contains(slot.module) ?? true) && !others.contains(slot.module)
    }

    /// The same without some modules.
    public func excluding(_ modules: [String]) -> ParameterGroup {
        var group = self
        group.others += modules
        return group
    }
}

extension ParameterLayout.Slot {
    /// What the parameter belongs to: its name up to the first dot.
    public var module: String { String(name.prefix { $0 != "." }) }
}

extension ParameterLayout {
    /// Floats, padding included, of the slots that pass: neighbours are one range.
    public func ranges(where passes: (Int) -> Bool) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for index in slots.indices where passes(index) {
            let start = slots[index].offset
            let end = index + 1 < slots.count ? slots[index + 1].offset : count
            if let last = ranges.last, last.upperBound == start {
                ranges[ranges.count - 1] = last.lowerBound..<end
            } else {
                ranges.append(start..<end)
            }
        }
        return ranges
    }

    /// Those of a group.
    public func ranges(of group: ParameterGroup) -> [Range<Int>] { ranges { group.holds(slots[$0]) } }
}
