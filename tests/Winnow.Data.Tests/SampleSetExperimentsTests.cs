namespace Winnow.Data.Tests;

public class SampleSetExperimentsTests
{
    private static SampleSet Set(int count, int classes, Func<int, int> label)
    {
        byte[] pixels = [.. Enumerable.Range(0, count * 2).Select(static i => (byte)(i * 7))];
        return SampleSet.FromBytes("s", [1, 1, 2], pixels, Enumerable.Range(0, count).Select(label).ToArray(), classes);
    }

    [Theory]
    [InlineData(0.2, 200)]
    [InlineData(0.0006, 1)]
    [InlineData(0.9995, 1000)]
    [InlineData(0.3333, 333)]
    public void Exactly_the_share_of_labels_becomes_another_class(double share, int wrong)
    {
        SampleSet clean = Set(1000, 5, static i => i % 5), noisy = clean.WithLabelNoise(share);
        Assert.Equal(wrong, Enumerable.Range(0, 1000).Count(i => noisy.Labels[i] != clean.Labels[i]));
        Assert.All(noisy.Labels.ToArray(), static label => Assert.InRange(label, 0, 4));
        Assert.True(clean.Bytes == noisy.Bytes);
        Assert.Equal((5, "s"), (noisy.Classes, noisy.Name));
        Assert.NotEqual(clean.Fingerprint, noisy.Fingerprint);
    }

    // Chi-square over the other classes (8 degrees of freedom: 26.1 is exceeded once in a thousand) and over where in the file the changes are.
    [Fact]
    public void Samples_and_other_classes_are_drawn_uniformly()
    {
        SampleSet clean = Set(90_000, 9, static i => i % 9), noisy = clean.WithLabelNoise(0.4);
        double[] shifts = new double[9], places = new double[9];
        for (var i = 0; i < clean.Count; i++)
        {
            shifts[(noisy.Labels[i] - clean.Labels[i] + 9) % 9]++;
            places[i / 10_000] += noisy.Labels[i] != clean.Labels[i] ? 1 : 0;
        }

        Assert.Equal(54_000, shifts[0]);
        Assert.InRange(shifts.Skip(1).Sum(static n => (n - 4500) * (n - 4500) / 4500), 0, 26.1);

        // Drawn without replacement: the variance of each place is 4000 · 0.6.
        Assert.InRange(places.Sum(static n => (n - 4000) * (n - 4000) / 2400), 0.5, 26.1);
    }

    [Fact]
    public void Noise_is_the_same_each_time_and_another_seed_gives_another()
    {
        var clean = Set(1000, 3, static i => i % 3);
        Assert.Equal(clean.WithLabelNoise(0.2).Fingerprint, clean.WithLabelNoise(0.2).Fingerprint);
        Assert.NotEqual(clean.WithLabelNoise(0.2).Fingerprint, clean.WithLabelNoise(0.2, seed: 1).Fingerprint);
        Assert.Same(clean, clean.WithLabelNoise(0));
    }

    [Fact]
    public void Noise_that_cant_be_made_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Set(4, 2, static i => i % 2).WithLabelNoise(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Set(4, 2, static i => i % 2).WithLabelNoise(double.NaN));
        Assert.Equal("s has one class; label noise needs another one to change to.", Assert.Throws<DataException>(() => Set(4, 1, static _ => 0).WithLabelNoise(0.5)).Message);
        Assert.Equal("s: label noise 0.01 of 4 samples changes no label; at least 0.125 changes one.",
            Assert.Throws<DataException>(() => Set(4, 2, static i => i % 2).WithLabelNoise(0.01)).Message);
    }

    // 100^(-r/2): all, a tenth, a hundredth.
    [Fact]
    public void A_long_tail_falls_exponentially_from_all_to_one_over_the_factor()
    {
        SampleSet whole = Set(3000, 3, static i => i % 3), tail = whole.WithLongTail(100);
        Assert.Equal([1000, 100, 10], Counts(tail));
        Assert.Equal(3, tail.Classes);
        Assert.NotEqual(whole.Fingerprint, tail.Fingerprint);
        Assert.Equal(tail.Fingerprint, whole.WithLongTail(100).Fingerprint);
        Assert.Same(whole, whole.WithLongTail(1));
    }

    [Fact]
    public void The_most_frequent_class_keeps_all_wherever_it_stands_and_no_class_vanishes()
    {
        // Class 2 has 800, class 0 150, class 3 50, class 1 none.
        var tail = Set(1000, 4, static i => i < 800 ? 2 : i < 950 ? 0 : 3).WithLongTail(1000);
        Assert.Equal([5, 0, 800, 1], Counts(tail));
        Assert.Equal(4, tail.Classes);
    }

    [Fact]
    public void Who_stays_in_the_tail_is_spread_over_the_file_which_keeps_its_order()
    {
        var whole = SampleSet.FromFloats("s", [1], [.. Enumerable.Range(0, 20_000).Select(static i => (float)i)], Enumerable.Range(0, 20_000).Select(static i => i % 2).ToArray());
        var kept = whole.WithLongTail(10).Floats.ToArray();
        Assert.Equal(11_000, kept.Length);
        Assert.Equal(kept.Order(), kept);
        float[] rare = [.. kept.Where(static v => v % 2 == 1)];

        // The mean of 1000 places drawn from 20 000 has a deviation of about 5774 / sqrt(1000) = 183.
        Assert.InRange(rare.Average(), 10_000 - (4 * 183), 10_000 + (4 * 183));
        Assert.Equal(10_000, kept.Count(static v => v % 2 == 0));
    }

    [Fact]
    public void A_tail_that_cant_be_made_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Set(4, 2, static i => i % 2).WithLongTail(0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Set(4, 2, static i => i % 2).WithLongTail(double.PositiveInfinity));
        Assert.Equal("s has samples of one class only; an imbalance needs two.", Assert.Throws<DataException>(() => Set(4, 2, static _ => 1).WithLongTail(2)).Message);
    }

    private static int[] Counts(SampleSet set)
    {
        var counts = new int[set.Classes];
        foreach (var label in set.Labels)
        {
            counts[label]++;
        }

        return counts;
    }
}
