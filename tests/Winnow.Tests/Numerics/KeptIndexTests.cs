using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class KeptIndexTests
{
    private static int[] Select(KeptIndex index)
    {
        int[] ranks = [.. Enumerable.Range(0, index.Count)];
        index.Select(ranks);
        return ranks;
    }

    private static void AssertHolds(float[] weights)
    {
        var index = KeptIndex.Of(weights, 0, out var sum);
        Assert.Equal(Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0), Select(index));
        _ = Shuffle.NonZero(weights, Rng.Derive(1, 0, "x"), 1, out var shuffled);
        Assert.Equal(BitConverter.DoubleToInt64Bits(shuffled), BitConverter.DoubleToInt64Bits(sum));
    }

    [Fact]
    public void Finds_the_kept_by_rank() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), static bytes => AssertHolds([.. bytes.Select(static b => b % 3 == 0 ? 0f : b)])).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(64, 1)]
    [InlineData(513, 1)]
    [InlineData(20_000, 7)]
    [InlineData(3, 2)]
    public void Finds_the_kept_of_large_sets_however_many_there_are(int every, int runs)
    {
        // 300,007 isn't a multiple of a word, a group or a run; weights differ so that a sum in another order would show.
        AssertHolds([.. Enumerable.Range(0, 300_007).Select(i => i / runs % every == 0 ? 0.1f + (i % 7) : 0f)]);
    }

    [Fact]
    public void Finds_the_kept_where_they_lie_as_unevenly_as_they_can()
    {
        var weights = new float[500_000];
        weights.AsSpan(0, 600).Fill(1f);
        weights[250_000] = 2f;
        weights.AsSpan(499_000, 999).Fill(3f);
        AssertHolds(weights);
        AssertHolds([.. weights.Reverse()]);
        AssertHolds([.. new float[100_000], 1f]);
        AssertHolds([1f, .. new float[100_000]]);
    }

    [Fact]
    public void Finds_ranks_in_any_order_and_any_number()
    {
        float[] weights = [.. Enumerable.Range(0, 100_000).Select(static i => i * 2654435761u % 10 < 7 ? 1f : 0f)];
        var index = KeptIndex.Of(weights, 1, out _);
        int[] all = Select(index), ranks = [.. Enumerable.Range(0, 1000).Select(i => (int)((i * 7919L) % index.Count))], found = [.. ranks];
        index.Select(found);
        Assert.Equal(ranks.Select(r => all[r]), found);
        index.Select([]);
    }

    [Fact]
    public void Finds_bits_with_and_without_the_instruction_for_it()
    {
        var random = Rng.Derive(1, 0, "bits").Sequence();
        for (var k = 0; k < 200; k++)
        {
            var word = ((ulong)random.NextUInt32() << 32) | random.NextUInt32();
            int[] set = [.. Enumerable.Range(0, 64).Where(b => (word & (1UL << b)) != 0)];
            for (var rank = 0; rank < BitOperations.PopCount(word); rank++)
            {
                Assert.Equal(set[rank], KeptIndex.Bit(word, rank));
                Assert.Equal(set[rank], KeptIndex.BitByBit(word, rank));
            }
        }
    }

    [Fact]
    public void Refuses_a_weight_that_no_plan_can_hold()
    {
        float[] weights = [.. Enumerable.Repeat(1f, 70_001)];
        weights[70_000] = float.NaN;
        Assert.Contains("sample 70000 is NaN", Assert.Throws<ArgumentException>(() => KeptIndex.Of(weights, 0, out _)).Message, StringComparison.Ordinal);
    }
}
