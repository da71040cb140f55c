using FsCheck;
using FsCheck.Fluent;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class TopKTests
{
    private static float[] Choose(float[] scores, int count, ulong seed = 1, int threads = 1)
    {
        float[] ranks = [.. scores];
        TopK.Choose(ranks, count, Rng.Derive(seed, 0, "ties"), 1f, -3f, 9f, threads);
        return ranks;
    }

    /// <summary>Says what is wrong with a choice, by sorting: exactly the k largest, and only scores equal to the k-th may be in doubt.</summary>
    private static string? Wrong(float[] scores, int count, float[] chosen)
    {
        float[] sorted = [.. scores.Where(static s => !float.IsNaN(s)).OrderDescending()];
        var expected = Math.Clamp(count, 0, sorted.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]) != (chosen[i] == 9f))
            {
                return $"{i} takes part or not";
            }

            if (float.IsNaN(scores[i]))
            {
                continue;
            }

            if (chosen[i] is not (1f or -3f))
            {
                return $"{i} got {chosen[i]}";
            }

            bool must = expected > 0 && scores[i] > sorted[expected - 1], mustNot = expected == 0 || scores[i] < sorted[expected - 1];
            if (must && chosen[i] != 1f)
            {
                return $"{i} with {scores[i]} isn't chosen";
            }

            if (mustNot && chosen[i] == 1f)
            {
                return $"{i} with {scores[i]} is chosen";
            }
        }

        var got = chosen.Count(static w => w == 1f);
        return got == expected ? null : $"{got} chosen instead of {expected}";
    }

    [Fact]
    public void Agrees_with_sorting() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<float>>(), ArbMap.Default.ArbFor<NonNegativeInt>(), static (items, k) =>
        {
            var count = k.Get % (items.Get.Length + 2);
            return Wrong(items.Get, count, Choose(items.Get, count)) is not { } wrong ? true : throw new InvalidOperationException(wrong);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Agrees_with_sorting_on_many_scores_few_of_them_different_and_at_any_thread_count()
    {
        var random = Rng.Derive(1, 0, "scores").Sequence();
        foreach (var different in new uint[] { 2, 50, 100_000, uint.MaxValue })
        {
            float[] scores = [.. Enumerable.Range(0, 200_003).Select(i => i % 11 == 0 ? float.NaN : (random.Next(different) - (different / 2f)) / 7)];
            foreach (var count in new[] { 1, 1000, 100_000, 181_820, 181_821, 200_003 })
            {
                var one = Choose(scores, count);
                Assert.Null(Wrong(scores, count, one));
                foreach (var threads in new[] { 0, 2, 5 })
                {
                    Assert.Equal(one, Choose(scores, count, threads: threads));
                }
            }
        }
    }

    [Fact]
    public void Handles_zeros_of_both_signs_infinities_subnormals_and_nothing()
    {
        float[] scores = [0f, -0f, float.Epsilon, float.NegativeInfinity, float.PositiveInfinity, float.MaxValue, -float.Epsilon, float.NaN, -float.NaN];
        Assert.Equal([-3f, -3f, 1f, -3f, 1f, 1f, -3f, 9f, 9f], Choose(scores, 3));
        Assert.Equal([1f, 1f, 1f, -3f, 1f, 1f, 1f, 9f, 9f], Choose(scores, 6));
        Assert.Equal([1f, 1f, 1f, 1f, 1f, 1f, 1f, 9f, 9f], Choose(scores, 7));
        Assert.Equal([-3f, -3f, -3f, -3f, -3f, -3f, -3f, 9f, 9f], Choose(scores, 0));
        Assert.Empty(Choose([], 1));
        Assert.Equal([1f], Choose([-5f], 1));
    }

    [Fact]
    public void Draws_ties_so_that_every_choice_is_equally_likely()
    {
        // Two above, four on the limit (the zeros of both signs are one value) for two places: six choices.
        float[] scores = [0f, 5f, -0f, -1f, 0f, 7f, -0f, -2f];
        var counts = new Dictionary<string, int>();
        for (ulong seed = 0; seed < 3000; seed++)
        {
            var chosen = Choose(scores, 4, seed);
            Assert.Null(Wrong(scores, 4, chosen));
            var key = string.Join(',', chosen);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Statistics.AssertUniform(counts.Values, 6);
    }

    [Fact]
    public void Loads_the_scores_of_one_state()
    {
        var ranks = new float[4];
        Assert.Equal(2, TopK.Load([1f, 2f, 3f, float.NaN], [1, 3, 1, 1], 1, ranks, 1));
        Assert.Equal([1f, float.NaN, 3f, float.NaN], ranks);
    }
}
