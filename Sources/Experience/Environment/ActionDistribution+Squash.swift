package import CStarlingKernels

extension ModelSpec.ActionDistribution {
    /// What is done to a sample, as the kernels of actors and of the check of what they send call it.
    package var squash: starling_squash {
        switch self {
        case .gaussian: STARLING_SQUASH_CLIP
        case .tanhGaussian: STARLING_SQUASH_TANH
        }
    }
}
