package import StarlingExperience
package import StarlingMessages

extension LearnerSessions {
    /// What blocks are checked against.
    var terms: (layout: UnrollLayout, action: ActionSpec)? {
        guard let layout, let offer else { return nil }
        return (layout, offer.environment.action)
    }

    /// What is wrong with the contents of a block of the right size, or nil. Reads nothing that changes while sessions
    /// are open, so it needs no lock.
    package func fault(in block: UnrollBlock, _ header: ExperienceHeader) -> String? {
        guard let terms else { return "no offer as yet" }
        return Self.fault(in: block, header, terms.layout, terms.action)
    }

    package static func fault(
        in block: UnrollBlock, _ header: ExperienceHeader, _ layout: UnrollLayout, _ action: ActionSpec
    ) -> String? {
        guard Digest.of(block.bytes) == header.checksum else { return "a block with another checksum" }
        return UnrollCheck.fault(in: UnrollView(layout, block.base), action)
    }
}
