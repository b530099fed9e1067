package import CStarlingKernels

/// One instruction of a map: its operation code and its constants.
package struct MapOperation: Sendable {
    package let code: starling_map_code
    package var p: Float = 0
    package var q: Float = 0
    package var i: UInt32 = 0
    package var j: UInt32 = 0

    package init(_ code: starling_map_code, p: Float = 0, q: Float = 0, i: UInt32 = 0, j: UInt32 = 0) {
        self.code = code
        self.p = p
        self.q = q
        self.i = i
        self.j = j
    }
}
