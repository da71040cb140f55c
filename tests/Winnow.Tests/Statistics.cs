namespace Winnow.Tests;

/// <summary>What the distribution tests share. Seeds are fixed, so a test passes always or never.</summary>
internal static class Statistics
{
    /// <summary>Fails when counts that should be equally likely deviate by more than 5 standard deviations of chi-square.</summary>
    public static void AssertUniform(IReadOnlyCollection<int> counts, int cells)
    {
        double total = counts.Sum(), expected = total / cells, freedom = cells - 1;
        Assert.True(expected >= 5, "too few draws for chi-square");
        var chi = counts.Sum(c => (c - expected) * (c - expected) / expected) + ((cells - counts.Count) * expected);
        Assert.True(chi < freedom + (5 * Math.Sqrt(2 * freedom)) + 10, $"chi-square {chi} with {freedom} degrees of freedom");
    }

    /// <summary>Fails when a mean isn't the expected one within 5 standard errors.</summary>
    public static void AssertMean(double expected, double sum, double sumOfSquares, int count, string what)
    {
        double mean = sum / count, variance = Math.Max(0, (sumOfSquares / count) - (mean * mean));
        var allowed = (5 * Math.Sqrt(variance / count)) + 1e-6;
        Assert.True(Math.Abs(mean - expected) <= allowed, $"{what}: mean {mean}, expected {expected} ± {allowed}");
    }
}
