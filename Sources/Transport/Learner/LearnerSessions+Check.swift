package import StarlingExperience
package import StarlingMessages

extension LearnerSessions {
    /// What blocks are checked against.
    package struct Terms: Sendable {
        package let layout: UnrollLayout
    }

    /// nil before the first offer.
    var terms: Terms? {
        layout.map { Terms(layout: $0) }
    }

    /// What is wrong with the contents of a block of the right size, or nil. Reads nothing that changes while sessions
    /// are open, so it needs no lock.
    package func fault(in block: UnrollBlock, _ header: ExperienceHeader) -> String? {
        guard let terms else { return "no offer as yet" }
        return Self.fault(in: block, header, terms)
    }

    package static func fault(
        in block: UnrollBlock, _ header: ExperienceHeader, _ terms: Terms
    ) -> String? {
        guard Digest.of(block.bytes) == header.checksum else { return "a block with another checksum" }
        return UnrollCheck.fault(
            in: UnrollView(terms.layout, block.base), header.unroll.episodes, header.unroll.scalars)
    }
}
