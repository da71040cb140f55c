namespace Winnow.Geometry;

/// <summary>Items by their gain, the largest first, of equal ones the lowest id.</summary>
internal sealed class GainHeap
{
    private readonly GreedyPick[] _picks;

    public GainHeap(ReadOnlySpan<int> items, ReadOnlySpan<double> gains)
    {
        _picks = new GreedyPick[items.Length];
        for (var i = 0; i < _picks.Length; i++)
        {
            _picks[i] = new(items[i], gains[i]);
        }

        Count = _picks.Length;
        for (var i = (Count / 2) - 1; i >= 0; i--)
        {
            Down(i, _picks[i]);
        }
    }

    public int Count { get; private set; }

    public GreedyPick Top => _picks[0];

    public GreedyPick Pop()
    {
        var top = _picks[0];
        Count--;
        if (Count > 0)
        {
            Down(0, _picks[Count]);
        }

        return top;
    }

    public void Push(GreedyPick pick)
    {
        var at = Count++;
        while (at > 0 && Before(pick, _picks[(at - 1) / 2]))
        {
            _picks[at] = _picks[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _picks[at] = pick;
    }

    private static bool Before(GreedyPick a, GreedyPick b) => a.Gain > b.Gain || (a.Gain == b.Gain && a.Id < b.Id);

    private void Down(int at, GreedyPick pick)
    {
        for (var child = (2 * at) + 1; child < Count; child = (2 * at) + 1)
        {
            if (child + 1 < Count && Before(_picks[child + 1], _picks[child]))
            {
                child++;
            }

            if (!Before(_picks[child], pick))
            {
                break;
            }

            _picks[at] = _picks[child];
            at = child;
        }

        _picks[at] = pick;
    }
}
