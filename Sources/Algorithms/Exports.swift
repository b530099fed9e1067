// Who writes an algorithm or an objective imports this module alone.
@_exported public import StarlingCompute
@_exported public import StarlingConfiguration
@_exported public import StarlingExperience
@_exported public import StarlingLatentPolicy
@_exported public import StarlingMetrics
@_exported public import StarlingReturns
@_exported public import StarlingTraining
