extension ModelSpec {
    /// Categorical variables that z is made of; nil: z is numbers.
    public var latentVariables: Int? { latentClasses.map { latentCount / $0 } }

    /// Why z can't be made of categorical variables, as a sentence without its end; nil when it can, or need not.
    var latentClassesFault: String? {
        guard let latentClasses else { return nil }
        guard latentClasses >= 2, latentCount.isMultiple(of: latentClasses) else {
            return "\(latentCount) latents are no whole number of variables of \(latentClasses) classes, 2 at least"
        }
        guard representation.isVariational else { return "categorical latents are sampled: the representation must be vae or vae_predict" }
        guard prior == .standard else { return "categorical latents have the even prior: leave it standard" }
        return nil
    }
}
