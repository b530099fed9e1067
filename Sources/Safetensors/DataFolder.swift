import Glibc

/// Where data lies that doesn't come with Starling: safetensors files in one folder of each machine, which scripts fill.
package enum DataFolder {
    /// Names the folder; `~/.local/share/starling` where it isn't set.
    package static let variable = "STARLING_DATA"

    /// The path of the file of this name; a name with a slash in it is one already.
    package static func path(of name: String) -> String {
        guard !name.contains("/") else { return name }
        return "\(folder)/\(name).safetensors"
    }

    private static var folder: String {
        if let named = getenv(variable), named.pointee != 0 { return String(cString: named) }
        return "\(getenv("HOME").map { String(cString: $0) } ?? "")/.local/share/starling"
    }
}
