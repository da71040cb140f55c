using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>
/// Running statistics of batch normalisation, estimated anew: those of the whole network are none of the smaller one's, whose sums have fewer terms. What a cut costs in accuracy is in good part this.
/// </summary>
/// <remarks>The mean over batches with equal weights; Li et al., "EagleEye: Fast Sub-net Evaluation for Efficient Neural Network Pruning", ECCV 2020, section 3.</remarks>
public static class NormStatistics
{
    /// <summary>Whether a network has statistics that could be estimated.</summary>
    public static bool Has(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Norms(module).Length > 0;
    }

    /// <summary>Estimates them on some batches. Weights stay as they are, and so do the modes of all layers.</summary>
    /// <param name="module">The network.</param>
    /// <param name="passes">Each sends a batch of training samples, at least two, through it.</param>
    /// <exception cref="NetworkPruningException">There was none.</exception>
    public static void Estimate(nn.Module module, IEnumerable<Action> passes)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(passes);
        var norms = Array.ConvertAll(Norms(module), static norm => (Norm: norm, norm.momentum, norm.training));
        try
        {
            using var silent = no_grad();
            Array.ForEach(norms, static entry => entry.Norm.train());
            var count = 0;
            foreach (var pass in passes)
            {
                // The k-th batch counts one in k: the first wipes out what was there, and in the end all count the same.
                count++;
                Array.ForEach(norms, entry => entry.Norm.momentum = 1.0 / count);
                pass();
            }

            if (count == 0)
            {
                throw new NetworkPruningException("there is no batch to estimate running statistics on; give at least one.");
            }
        }
        finally
        {
            foreach (var (norm, momentum, training) in norms)
            {
                norm.momentum = momentum;
                norm.train(training);
            }
        }
    }

    private static BatchNorm[] Norms(nn.Module module) => [.. module.modules().OfType<BatchNorm>().Where(static norm => norm.running_mean is not null)];
}
