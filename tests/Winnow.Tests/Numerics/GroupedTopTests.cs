using Winnow.Numerics;
using Winnow.Tests.Policies;

namespace Winnow.Tests.Numerics;

public class GroupedTopTests
{
    private static readonly Rng s_rng = Rng.Derive(5, 1, "top");

    /// <summary>The rule by sorting: larger score, then smaller random number, then smaller id.</summary>
    private static float[] Sorted(float[] scores, int[] groups, byte[] states, int[] wanted)
    {
        float[] chosen = [.. states.Select(static s => s == 1 ? 0f : 1f)];
        foreach (var members in Enumerable.Range(0, scores.Length).Where(i => states[i] == 1).GroupBy(i => groups[i]))
        {
            foreach (var i in members.OrderByDescending(i => scores[i]).ThenBy(static i => s_rng.UInt32At((ulong)i)).Take(wanted[members.Key]))
            {
                chosen[i] = 1f;
            }
        }

        return chosen;
    }

    private static void Check(float[] scores, int[] groups, byte[] states, int[] wanted, float low, float high)
    {
        var expected = Sorted(scores, groups, states, wanted);
        foreach (var threads in new[] { 1, 2, 5 })
        {
            float[] chosen = [.. scores];
            GroupedTop.Choose(chosen, groups, states, 1, wanted, low, high, s_rng, threads);
            Assert.Equal(expected, chosen);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(40_000)]
    public void Chooses_as_sorting_does(int classes)
    {
        const int Samples = 100_003;
        var scores = Tables.Skewed(Samples);
        var random = Rng.Derive(2, 0, "groups").Sequence();
        int[] groups = [.. Enumerable.Range(0, Samples).Select(_ => (int)random.Next((uint)classes))];
        byte[] states = [.. Enumerable.Range(0, Samples).Select(static i => (byte)(i % 11 == 0 ? 0 : 1))];
        for (var i = 0; i < Samples; i += 11)
        {
            scores[i] = float.NaN;
        }

        var sizes = new int[classes];
        for (var i = 0; i < Samples; i++)
        {
            sizes[groups[i]] += states[i];
        }

        int[] wanted = [.. sizes.Select((s, g) => (g % 4) switch { 0 => s / 2, 1 => s, 2 => 0, _ => Math.Min(s, 1) })];
        Check(scores, groups, states, wanted, 0f, 13f);
        // Bounds that fit badly cost time, not correctness.
        Check(scores, groups, states, wanted, -1000f, 1000f);
        Check(scores, groups, states, wanted, 1f, 1.5f);
    }

    [Fact]
    public void Breaks_ties_by_the_samples_own_random_numbers()
    {
        // Scores of few values: nearly all of the choice is between equals.
        float[] scores = [.. Enumerable.Range(0, 5000).Select(static i => (float)(i % 3))];
        int[] groups = [.. Enumerable.Range(0, 5000).Select(static i => i % 2)];
        byte[] states = [.. Enumerable.Repeat((byte)1, 5000)];
        foreach (var wanted in new[] { 0, 1, 10, 833, 834, 1000, 2499, 2500 })
        {
            Check(scores, groups, states, [wanted, 2500 - wanted], 0f, 2f);
        }
    }

    [Fact]
    public void Finds_the_value_of_every_rank()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var random = Rng.Derive(seed, 0, "select").Sequence();
            var count = 1 + (int)random.Next(60);
            ulong[] values = [.. Enumerable.Range(0, count).Select(_ => seed % 2 == 0 ? random.Next(5) : ((ulong)random.NextUInt32() << 32) | random.NextUInt32())];
            ulong[] sorted = [.. values.OrderDescending()];
            for (var rank = 1; rank <= count; rank++)
            {
                Assert.Equal(sorted[rank - 1], Quickselect.Largest(values.ToArray(), rank));
            }
        }
    }
}
