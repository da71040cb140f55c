namespace Winnow.Data;

/// <summary>Which row of a file each sample of a set is: one after the other from some row on, or whatever was chosen. The default: all, from row 0.</summary>
internal readonly struct RowNumbers
{
    private readonly int _first;

    // Empty: _first and those that follow it.
    private readonly ReadOnlyMemory<int> _chosen;

    private RowNumbers(int first, ReadOnlyMemory<int> chosen) => (_first, _chosen) = (first, chosen);

    /// <summary>The row of the sample at a position.</summary>
    public int At(int position) => _chosen.IsEmpty ? _first + position : _chosen.Span[position];

    /// <summary>Of consecutive samples, at least one.</summary>
    public RowNumbers Slice(int start, int count) => _chosen.IsEmpty ? new(_first + start, default) : new(0, _chosen.Slice(start, count));

    /// <summary>Of the samples at some positions, at least one.</summary>
    public RowNumbers Select(ReadOnlySpan<int> positions)
    {
        var rows = new int[positions.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = At(positions[i]);
        }

        return new(0, rows);
    }
}
