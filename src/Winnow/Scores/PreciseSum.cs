using System.Runtime.CompilerServices;
using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>
/// A sum a sample that is as exact as float64 would make it, kept in two float32 columns: the sum as it rounds, and what rounding left over. Columns are float32, and a run of some
/// hundred epochs would lose digits in one.
/// </summary>
internal sealed record PreciseSum(string Score)
{
    private readonly Column _sum = new(Score + "/sum", 0, Merge.Sum), _rest = new(Score + "/rest", 0, Merge.Sum);

    public IReadOnlyList<Column> Columns => [_sum, _rest];

    /// <summary>Adds a number to each sample's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(SampleTable samples, ReadOnlySpan<long> ids, ReadOnlySpan<float> values)
    {
        Span<float> sums = samples[_sum], rests = samples[_rest];
        values = values[..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            Add(ref sums[(int)ids[i]], ref rests[(int)ids[i]], values[i]);
        }
    }

    /// <summary>The two columns, for scores that add what they compute themselves.</summary>
    public void Find(SampleTable samples, out Span<float> sums, out Span<float> rests)
    {
        sums = samples[_sum];
        rests = samples[_rest];
    }

    /// <summary>Writes each sample's sum, divided by its count where there is one; NaN where it was never seen.</summary>
    public void Result(SampleTable samples, ReadOnlySpan<float> counts, Span<float> result)
    {
        Span<float> sums = samples[_sum], rests = samples[_rest];
        var flags = samples.Flags;
        for (var id = 0; id < result.Length; id++)
        {
            var sum = (double)sums[id] + rests[id];
            result[id] = flags[id] == SampleFlags.None ? float.NaN : counts.IsEmpty ? (float)sum : (float)(sum / counts[id]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref float sum, ref float rest, double value)
    {
        var total = (double)sum + rest + value;
        sum = (float)total;
        // Of an infinite sum nothing is left over; the difference would be no number.
        rest = float.IsFinite(sum) ? (float)(total - sum) : 0;
    }
}
