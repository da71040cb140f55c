using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class SmallKernelTests
{
    [Fact]
    public void Counts_non_finite_values_at_every_length()
    {
        for (var length = 0; length <= 100; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(static i => (i % 6) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.NegativeInfinity, 3 => float.MaxValue, 4 => 0f, _ => -float.Epsilon })];
            Assert.Equal(values.Count(static v => !float.IsFinite(v)), NonFinite.Count(values));
        }
    }

    [Theory, InlineData(1), InlineData(0), InlineData(5)]
    public unsafe void Groups_columns_by_block_and_keeps_their_order(int threads)
    {
        const int Samples = 100_000;
        int[] ids = [.. Enumerable.Range(0, 200_000).Select(static i => (int)(i * 2654435761L % Samples))];
        float[] values = [.. ids.Select(static (_, i) => i + 0.5f)], means = [.. ids.Select(static (_, i) => i * 2f)];
        float[] confidences = [.. ids.Select(static (_, i) => i % 7 == 0 ? 0f : 1f / (1 + (i % 5)))];
        using var room = new NativeBuffer<ulong>(ids.Length);
        using var roomOfBoth = new NativeBuffer<ulong>(ids.Length);
        using var roomOfMeans = new NativeBuffer<float>(ids.Length);
        var shift = IdBlocks.Shift(Samples);
        int[] ends;
        fixed (int* i = ids)
        fixed (float* v = values, m = means, c = confidences)
        {
            var groups = new IdGroups(i, ids.Length, Samples, threads);
            groups.Move((uint*)i, (uint*)v, room.Pointer);
            groups.Move((uint*)c, (uint*)m, roomOfBoth.Pointer);
            groups.Move((uint*)m, (uint*)roomOfMeans.Pointer);
            ends = groups.Ends;
        }

        var pairs = room.Span.ToArray();
        var groupedMeans = roomOfMeans.Span.ToArray();
        Assert.Equal(ids.Length, ends[^1]);
        int[] order = [.. Enumerable.Range(0, ids.Length).OrderBy(i => ids[i] >> shift)];
        Assert.Equal(order.Select(i => (ids[i], values[i])), pairs.Select(static p => ((int)(p >> 32), BitConverter.UInt32BitsToSingle((uint)p))));
        Assert.Equal(order.Select(i => (confidences[i], means[i])), roomOfBoth.Span.ToArray().Select(static p => (BitConverter.UInt32BitsToSingle((uint)(p >> 32)), BitConverter.UInt32BitsToSingle((uint)p))));
        Assert.Equal(order.Select(i => means[i]), groupedMeans);
    }

    [Fact]
    public void Finds_what_is_neither_0_nor_1_at_every_place()
    {
        foreach (var wrong in new[] { 0.5f, 2, -1, float.NaN, float.PositiveInfinity, float.Epsilon, -float.Epsilon, 1.0000001f, 0.99999994f })
        {
            for (var length = 0; length <= 40; length++)
            {
                float[] values = [.. Enumerable.Range(0, length).Select(static i => (i % 3) switch { 0 => 0f, 1 => 1f, _ => -0f })];
                Assert.Equal(-1, FlagSearch.FirstOther(values));
                for (var at = 0; at < length; at++)
                {
                    var one = (float[])values.Clone();
                    one[at] = wrong;
                    one[^1] = wrong;
                    Assert.Equal(at, FlagSearch.FirstOther(one));
                }
            }
        }
    }

    [Fact]
    public void Needs_at_most_8192_blocks_for_any_number_of_samples()
    {
        foreach (var samples in new[] { 1, 1 << 14, (1 << 14) + 1, 10_000_000, 1 << 30, int.MaxValue })
        {
            Assert.InRange(((samples - 1) >> IdBlocks.Shift(samples)) + 1, 1, 8192);
        }
    }

    [Fact]
    public void Covers_samples_with_chunks_exactly_once_on_any_number_of_threads()
    {
        foreach (var samples in new[] { 0, 1, Chunks.Size, Chunks.Size + 1, int.MaxValue })
        {
            long covered = 0;
            for (var c = 0; c < Chunks.Count(samples); c++)
            {
                Assert.Equal(covered, Chunks.Range(c, samples).Start);
                covered += Chunks.Range(c, samples).Length;
            }

            Assert.Equal(samples, covered);
        }

        var runs = new int[100];
        Chunks.For(100, 3, i => Interlocked.Increment(ref runs[i]));
        Assert.All(runs, static r => Assert.Equal(1, r));
    }
}
