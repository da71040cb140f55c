using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>Samples in the order of their scores, all in one group.</summary>
/// <param name="scores">A score a sample.</param>
/// <param name="hardest">Whether the highest score comes first.</param>
internal sealed class ScoreKeys(ReadOnlyMemory<float> scores, bool hardest) : IKeySource
{
    public void Fill(int start, Span<int> groups, Span<uint> keys)
    {
        var some = scores.Span.Slice(start, keys.Length);
        if (hardest)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = GroupedKeys.Descending(some[i]);
            }
        }
        else
        {
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = GroupedKeys.Ascending(some[i]);
            }
        }
    }

    /// <summary>Ids in the order of their scores, of equal ones the smaller id first.</summary>
    public int[] Sort(int[] ids)
    {
        var span = scores.Span;
        var places = GC.AllocateUninitializedArray<ulong>(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            var key = hardest ? GroupedKeys.Descending(span[ids[i]]) : GroupedKeys.Ascending(span[ids[i]]);
            places[i] = ((ulong)key << 32) | (uint)ids[i];
        }

        Array.Sort(places);
        return Array.ConvertAll(places, static place => (int)(uint)place);
    }

    /// <summary>The scores of samples in an order.</summary>
    public static float[] Of(ReadOnlyMemory<float> scores, int[] order)
    {
        var span = scores.Span;
        var of = new float[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            of[i] = span[order[i]];
        }

        return of;
    }
}
