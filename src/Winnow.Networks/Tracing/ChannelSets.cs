namespace Winnow.Networks.Tracing;

/// <summary>Channels that go together, by union-find: each is a number, and so is the set that it is in.</summary>
internal sealed class ChannelSets
{
    private readonly List<int> _parents = [];

    public int Count => _parents.Count;

    /// <summary>New channels, each a set of its own.</summary>
    /// <returns>The first one's number.</returns>
    public int Add(int count)
    {
        var first = _parents.Count;
        for (var k = 0; k < count; k++)
        {
            _parents.Add(first + k);
        }

        return first;
    }

    /// <summary>The set of a channel: its lowest number.</summary>
    public int Find(int channel)
    {
        while (_parents[channel] != channel)
        {
            channel = _parents[channel] = _parents[_parents[channel]];
        }

        return channel;
    }

    /// <summary>Makes one set of two.</summary>
    public void Join(int one, int other)
    {
        (one, other) = (Find(one), Find(other));
        _parents[Math.Max(one, other)] = Math.Min(one, other);
    }
}
