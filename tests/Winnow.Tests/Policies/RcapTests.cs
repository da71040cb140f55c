using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class RcapTests
{
    private static SampleTable Table(RcapPolicy policy, int[] labels, float[] losses)
    {
        var table = new SampleTable(labels.Length, policy.Columns, labels);
        Tables.Observe(policy, table, [.. Enumerable.Range(0, labels.Length).Select(static i => (long)i)], losses);
        return table;
    }

    private static int[] PerClass(float[] weights, int[] labels) => [.. Enumerable.Range(0, labels.Max() + 1).Select(c => weights.Where((w, i) => labels[i] == c && w > 0).Count())];

    [Fact]
    public void Shares_visits_out_by_the_root_of_loss_times_size_and_hands_on_what_a_class_cannot_take()
    {
        // By hand: sums of losses 60, 120, 160 and sizes 600, 300, 100: claims sqrt(36000), sqrt(36000), sqrt(16000), that is 3 : 3 : 2.
        double[] claims = [Math.Sqrt(60 * 600), Math.Sqrt(120 * 300), Math.Sqrt(160 * 100)];
        Assert.Equal([120, 120, 80], ClassQuotas.Of(claims, [600, 300, 100], 320));
        Assert.Equal([150, 150, 100], ClassQuotas.Of(claims, [600, 300, 100], 400));
        // 480 would be 180 : 180 : 120; the third has but 100, and the other two share 380.
        Assert.Equal([190, 190, 100], ClassQuotas.Of(claims, [600, 300, 100], 480));
        // Then the second is full too.
        Assert.Equal([500, 300, 100], ClassQuotas.Of(claims, [600, 300, 100], 900));
        Assert.Equal([600, 300, 100], ClassQuotas.Of(claims, [600, 300, 100], 1000));
        // Remainders: 3.75 : 3.75 : 2.5 of 10, the first two get the missing ones.
        Assert.Equal([4, 4, 2], ClassQuotas.Of(claims, [600, 300, 100], 10));
        // A class without loss still gets a visit, and one without members none.
        Assert.Equal([9, 0, 1], ClassQuotas.Of([5, 0, 0], [600, 0, 100], 10));
        Assert.Equal([2, 1], ClassQuotas.Of([0, 0], [20, 10], 3));
        Assert.Equal([5, 4, 3], ClassQuotas.Of([7, 0, 0], [5, 10, 8], 12));
        Assert.Equal([1, 0, 0], ClassQuotas.Of(claims, [600, 300, 100], 1));
    }

    [Fact]
    public void Quotas_add_up_fit_and_are_in_proportion_where_no_class_is_full()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            var random = Winnow.Numerics.Rng.Derive(seed, 0, "quotas").Sequence();
            var classes = 1 + (int)random.Next(30);
            int[] members = [.. Enumerable.Range(0, classes).Select(_ => (int)random.Next(200))];
            double[] claims = [.. members.Select(m => random.Next(4) == 0 ? 0 : random.NextDouble() * m)];
            var total = (int)random.Next((uint)members.Sum() + 1);
            var quotas = ClassQuotas.Of(claims, members, total);
            Assert.Equal(total, quotas.Sum());
            Assert.All(quotas, (q, c) => Assert.InRange(q, 0, members[c]));
            var filled = members.Count(static m => m > 0);
            if (total >= filled)
            {
                Assert.All(quotas, (q, c) => Assert.True(q > 0 || members[c] == 0));
            }
            // One factor for all that aren't full: water-filling by bisection finds the same within the rounding and what is given to the empty.
            double low = 0, high = 1e12;
            for (var i = 0; i < 200; i++)
            {
                var factor = (low + high) / 2;
                if (members.Select((m, c) => Math.Min(m, factor * claims[c])).Sum() < total)
                {
                    low = factor;
                }
                else
                {
                    high = factor;
                }
            }

            if (claims.Zip(members).Where(static p => p.First > 0).Sum(static p => p.Second) < total)
            {
                continue;
            }

            var given = total >= filled ? members.Where((m, c) => m > 0 && Math.Min(m, low * claims[c]) < 1).Count() : 0;
            for (var c = 0; c < classes; c++)
            {
                Assert.InRange(quotas[c] - Math.Min(members[c], low * claims[c]), -1.001 - given, 1.001);
            }
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1.0)]
    [InlineData(0.001)]
    public void Visits_exactly_the_rounded_share_by_quota(double keep)
    {
        var policy = new RcapPolicy { Keep = keep };
        int[] labels = [.. Enumerable.Range(0, 10_000).Select(static i => i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)];
        var losses = Tables.Skewed(10_000);
        var cap = MathF.Log(3);
        double[] claims = [.. Enumerable.Range(0, 3).Select(c => Math.Sqrt(losses.Where((_, i) => labels[i] == c).Sum(l => (double)Math.Min(l, cap)) * labels.Count(x => x == c)))];
        var weights = Tables.Plan(policy, Table(policy, labels, losses));
        Assert.All(weights, static w => Assert.True(w is 0 or 1));
        Assert.Equal(Math.Max(1, (int)Math.Round(keep * 10_000, MidpointRounding.AwayFromZero)), weights.Sum());
        Assert.Equal(ClassQuotas.Of(claims, [6000, 3000, 1000], (int)weights.Sum()), PerClass(weights, labels));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    [InlineData(50.0)]
    public void Draws_every_pair_as_often_as_drawing_one_after_the_other_would(double beta)
    {
        // Two of five; the last loss is clipped to ln 3. A never-seen sample of class 2 makes three classes.
        var policy = new RcapPolicy { Keep = 0.4, Beta = beta };
        SampleTable table = new(6, policy.Columns, new[] { 0, 0, 0, 0, 0, 2 });
        Tables.Observe(policy, table, [0, 1, 2, 3, 4], [-4f, 0.3f, 0.6f, 0.9f, 25f]);
        double[] odds = [.. new[] { 0, 0.3, 0.6, 0.9, Math.Log(3) }.Select(l => Math.Exp(l / beta))];
        const int Draws = 20_000;
        var counts = new int[5, 5];
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            int[] drawn = [.. Enumerable.Range(0, 5).Where(i => weights[i] > 0)];
            Assert.Equal(2, drawn.Length);
            Assert.Equal(1f, weights[5]);
            counts[drawn[0], drawn[1]]++;
        }

        double sum = odds.Sum(), chi = 0;
        for (var a = 0; a < 5; a++)
        {
            for (var b = a + 1; b < 5; b++)
            {
                var expected = Draws * ((odds[a] / sum * odds[b] / (sum - odds[a])) + (odds[b] / sum * odds[a] / (sum - odds[b])));
                chi += (counts[a, b] - expected) * (counts[a, b] - expected) / expected;
            }
        }

        Assert.True(chi < 9 + (5 * Math.Sqrt(18)), $"chi-square {chi} with 9 degrees of freedom");
    }

    [Fact]
    public void Visits_the_largest_losses_and_draws_among_equals_when_beta_is_small()
    {
        // 100 at the clip, 100 far below: of 120 visited all at the clip, and any 20 of the others.
        var policy = new RcapPolicy { Keep = 0.6, Beta = 0.001 };
        var table = Table(policy, [.. Enumerable.Repeat(0, 199), 1], [.. Enumerable.Range(0, 200).Select(static i => i < 100 ? 5f : 0.1f)]);
        var counts = new int[199];
        for (ulong seed = 0; seed < 400; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            Assert.Equal(100, weights[..100].Sum());
            for (var i = 0; i < 199; i++)
            {
                counts[i] += (int)weights[i];
            }
        }

        Assert.InRange(counts[100..].Sum(), 400 * 19, 400 * 20);
        Statistics.AssertUniform(counts[100..], 99);
    }

    [Fact]
    public void Is_full_in_epoch_0_and_after_until()
    {
        var policy = new RcapPolicy { Until = 0.55 };
        var table = Table(policy, [.. Enumerable.Range(0, 100).Select(static i => i % 3)], Tables.Skewed(100));
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Assert.Equal(epoch is 0 or >= 5 ? 100 : 50, Tables.Plan(policy, table, epoch).Sum());
        }
    }

    [Fact]
    public void Always_visits_never_seen_and_non_finite_samples_and_leaves_them_out_of_the_quotas()
    {
        var policy = new RcapPolicy { Keep = 0.5 };
        int[] labels = [.. Enumerable.Range(0, 200).Select(static i => i % 2)];
        var table = Table(policy, labels, [.. Enumerable.Range(0, 200).Select(static i => i < 10 ? float.NaN : i < 20 ? float.PositiveInfinity : 0.3f)]);
        for (var i = 20; i < 30; i++)
        {
            (table.Flags[i], table[Column.Loss][i]) = (SampleFlags.None, 9f);
        }

        var weights = Tables.Plan(policy, table);
        Assert.Equal(30, weights[..30].Sum());
        Assert.Equal(85, weights[30..].Sum());
        Assert.All(PerClass(weights[30..], labels[30..]), static n => Assert.InRange(n, 42, 43));
    }

    [Fact]
    public void Shares_by_size_when_there_is_no_loss_or_one_class()
    {
        var policy = new RcapPolicy { Keep = 0.5 };
        int[] labels = [.. Enumerable.Range(0, 300).Select(static i => i < 200 ? 0 : 1)];
        Assert.Equal([100, 50], PerClass(Tables.Plan(policy, Table(policy, labels, new float[300])), labels));
        Assert.Equal(150, Tables.Plan(policy, Table(policy, new int[300], Tables.Skewed(300))).Sum());
        Assert.Equal(1, Tables.Plan(policy, Table(policy, [0], [1f])).Sum());
    }

    [Theory]
    [InlineData(0.1, 1.0)]
    [InlineData(0.5, 1.0)]
    [InlineData(0.4, 0.55)]
    [InlineData(0.9, 1.0)]
    public void Saves_what_is_asked_within_a_visit_an_epoch(double save, double until)
    {
        const int Samples = 2003, Epochs = 20;
        var pruner = new Pruner(Samples, new RcapPolicy { Save = save, Until = until },
            new() { Epochs = Epochs, Labels = Enumerable.Range(0, Samples).Select(static i => i % 7).ToArray() });
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            pruner.Observe(pruner.Plan(epoch).All, Tables.Skewed(pruner.Current!.Count, (ulong)epoch));
        }

        Assert.InRange(pruner.Statistics.Saved, save - (1.0 / Samples), save + (1.0 / Samples));
    }

    [Fact]
    public void Refuses_to_work_without_classes_more_than_can_be_saved_and_options_out_of_range()
    {
        Assert.Throws<ArgumentException>(() => new Pruner(10, new RcapPolicy(), new() { Epochs = 10 }));
        var table = new SampleTable(2, new RcapPolicy().Columns);
        Tables.Observe(new RcapPolicy(), table, [0, 1], [1f, 2f]);
        Assert.Throws<InvalidOperationException>(() => Tables.Plan(new RcapPolicy(), table));
        Assert.Throws<UnreachableSaveException>(() => new Pruner(3, new RcapPolicy { Save = 0.95 }, new() { Epochs = 10, Labels = new[] { 0, 1, 2 } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RcapPolicy { Beta = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RcapPolicy { Beta = double.NaN });
    }
}
