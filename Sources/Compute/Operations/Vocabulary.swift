/// All operations, for the test that checks each one. A new operation adds one line.
package enum Vocabulary {
    package static let operations: [any Sampled.Type] = [
        ReLU.self, ReLUGradient.self, Tanh.self, TanhGradient.self, Sigmoid.self, SigmoidGradient.self, Softplus.self,
        Exponential.self, Logarithm.self, ErrorFunction.self, Square.self, Scale.self, Offset.self, Sum.self, Difference.self,
        Product.self, Quotient.self, Minimum.self, Maximum.self, WhereNotAbove.self, WhereAbove.self, Clamp.self, WhereInside.self,
        AtLeast.self, MultiplyScalar.self, ScaleFeatures.self, SumFeatures.self, SumRows.self, RepeatFeatures.self,
        RepeatRows.self, Slice.self, Embed.self, LogSoftmax.self, Gather.self, Scatter.self, ToFloat.self, Gaussian.self,
        PartOfBytes.self,
        Linear.self, LinearTransposed.self, OuterProduct.self, Rearrange.self, Convolution.self, TransposeConvolution.self,
        PatchOuterProduct.self, SumPixels.self, MaxPool.self, ValueOfLargest.self, MaxPoolGradient.self, Reshape.self,
        RepeatEach.self, SumGroups.self, Concatenation.self, LayerNorm.self, Recurrence.self, Categorical.self,
        DiagonalGaussian.self, OneHot.self, Reverse.self, Histogram.self, Lookup.self, AddNamedRows.self, Dehazing.self,
    ]

    package static var samples: [Sample] { operations.flatMap { $0.samples } }
}
