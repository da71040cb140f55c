using Winnow.Catalog;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples at random.</summary>
    public static Method<ISelector> Random => new("random",
        "Keep samples drawn at random, each equally likely: what every other method has to beat.",
        "baseline",
        [],
        static _ => new RandomSelector());
}

/// <summary>Samples drawn without replacement, every choice equally likely, in the order in which they were drawn: a smaller budget of the same seed keeps the first of them.</summary>
public sealed record RandomSelector : ISelector
{
    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.None;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var keys = new Keys(Rng.Derive(input.Seed, 0, "select/random"));
        return new(keys.Sort(GroupedKeys.Ids(GroupedKeys.Smallest(input.Count, keys, [keep], input.Threads, input.Stop))));
    }

    private sealed class Keys(Rng rng) : IKeySource
    {
        public void Fill(int start, Span<int> groups, Span<uint> keys) => rng.Fill((ulong)start, keys);

        public int[] Sort(int[] ids)
        {
            var places = Array.ConvertAll(ids, id => ((ulong)rng.UInt32At((ulong)id) << 32) | (uint)id);
            Array.Sort(places);
            return Array.ConvertAll(places, static place => (int)(uint)place);
        }
    }
}
