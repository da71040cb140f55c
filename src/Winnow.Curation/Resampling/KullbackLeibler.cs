namespace Winnow.Curation.Resampling;

/// <summary>Distances between distributions of buckets (Xie et al. 2023, arXiv:2302.03169, section 5), which go with the accuracy reached on what the target stands for.</summary>
public static class KullbackLeibler
{
    /// <summary>Sum of p ln((p + 1e-8) / (q + 1e-8)), in nats: how far q is from p.</summary>
    /// <param name="p">The distribution that is meant, such as the target's.</param>
    /// <param name="q">Another one of as many buckets.</param>
    /// <exception cref="CurationException">One has no counts, or the numbers of buckets differ.</exception>
    public static double Divergence(BucketHistogram p, BucketHistogram q)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(q);
        if (p.Counts.Length != q.Counts.Length || p.Total == 0 || q.Total == 0)
        {
            throw new CurationException($"Distributions of {p.Total} counts in {p.Counts.Length} buckets and {q.Total} in {q.Counts.Length} can't be compared; both need counts, and as many buckets.");
        }

        double sum = 0;
        for (var b = 0; b < p.Counts.Length; b++)
        {
            double share = (double)p.Counts[b] / p.Total, other = (double)q.Counts[b] / q.Total;
            sum += share == 0 ? 0 : share * NaturalLogarithm.Of((share + ImportanceModel.Floor) / (other + ImportanceModel.Floor));
        }

        return sum;
    }

    /// <summary>How much nearer the selected texts are to the target than randomly drawn ones, in nats; the larger the better.</summary>
    /// <param name="target">The target corpus.</param>
    /// <param name="random">The raw corpus, or texts drawn from it without weights.</param>
    /// <param name="selected">The selected texts.</param>
    public static double Reduction(BucketHistogram target, BucketHistogram random, BucketHistogram selected) => Divergence(target, random) - Divergence(target, selected);
}
