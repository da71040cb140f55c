using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// The Fréchet distance between two normal distributions, squared, as images are judged by since Heusel et al. (GANs Trained by a Two Time-Scale Update Rule, NeurIPS 2017, section 4, equation 6):
/// |μ₁ - μ₂|² + tr(C₁ + C₂ - 2·(C₁·C₂)^½).
/// </summary>
internal static class FrechetDistance
{
    /// <summary>Between the normal distributions that two sets of features have the mean and the covariance of.</summary>
    /// <param name="one">float [n, width], n at least 2.</param>
    /// <param name="other">float [m, width], m at least 2.</param>
    public static double Between(Tensor one, Tensor other)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var ((mean1, covariance1), (mean2, covariance2)) = (Moments(one), Moments(other));
        return Between(mean1, covariance1, mean2, covariance2);
    }

    /// <summary>Between two normal distributions.</summary>
    /// <param name="mean1">float64 [width].</param>
    /// <param name="covariance1">float64 [width, width], symmetric, of no negative eigenvalue.</param>
    /// <param name="mean2">Of the other.</param>
    /// <param name="covariance2">Of the other.</param>
    public static double Between(Tensor mean1, Tensor covariance1, Tensor mean2, Tensor covariance2)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();

        // C₁·C₂ isn't symmetric, but has the eigenvalues of C₁^½·C₂·C₁^½, which is. Rounding makes eigenvalues of about 0 a little negative.
        var (values, vectors) = linalg.eigh(covariance1);
        var root = (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
        var product = root.matmul(covariance2).matmul(root);
        var common = linalg.eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt().sum();
        var distance = (mean1 - mean2).square().sum() + covariance1.trace() + covariance2.trace() - (2 * common);
        return Math.Max(0, distance.item<double>());
    }

    private static (Tensor Mean, Tensor Covariance) Moments(Tensor features)
    {
        var wide = features.cpu().to(ScalarType.Float64);
        var mean = wide.mean([0L]);
        var around = wide - mean;
        return (mean, around.t().matmul(around) / (features.size(0) - 1));
    }
}
