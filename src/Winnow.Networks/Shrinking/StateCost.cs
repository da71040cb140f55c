using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>How large a network's state is while units go, to the last number: a tensor's size is the product of its extents.</summary>
internal sealed class StateCost : ICutCost
{
    private readonly Dictionary<string, Part> _parts;

    /// <param name="tensors">The state, or the part of it that counts.</param>
    /// <param name="bytes">Whether bytes are counted in place of numbers.</param>
    public StateCost(IEnumerable<TraceTensor> tensors, bool bytes)
    {
        _parts = tensors.ToDictionary(static tensor => tensor.Name, tensor => new Part([.. tensor.Shape.Select(static extent => new Axis(extent))], bytes ? tensor.ElementBytes : 1), StringComparer.Ordinal);
        Value = _parts.Values.Sum(static part => part.Size);
    }

    public long Value { get; private set; }

    public void Remove(ChannelUnit unit)
    {
        foreach (var slice in unit.Slices)
        {
            if (_parts.TryGetValue(slice.Tensor, out var part))
            {
                var before = part.Size;
                part.Axes[slice.Axis].Remove(slice.Indices);
                Value += part.Size - before;
            }
        }
    }

    private sealed record Part(Axis[] Axes, int Each)
    {
        public long Size => Axes.Aggregate((long)Each, static (all, axis) => all * axis.Left);
    }

    private sealed class Axis(long extent)
    {
        private readonly HashSet<int> _gone = [];

        public long Left => extent - _gone.Count;

        // A place can be in slices of two units' making; it goes once.
        public void Remove(IReadOnlyList<int> places) => _gone.UnionWith(places);
    }
}
