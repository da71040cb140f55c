namespace Winnow.Geometry;

/// <summary>Some rows of a matrix as a matrix. Rows are copied a block at a time, into a buffer of the thread that asks, so that no second matrix is ever in memory.</summary>
/// <param name="matrix">The matrix.</param>
/// <param name="ids">Its rows.</param>
internal sealed class SubsetMatrix(EmbeddingMatrix matrix, int[] ids) : EmbeddingMatrix(ids.Length, matrix.Width), IDisposable
{
    private readonly ThreadLocal<float[]> _copied = new(static () => []);

    public void Dispose() => _copied.Dispose();

    protected override ReadOnlySpan<float> Read(int start, int count)
    {
        var numbers = count * Width;
        var room = _copied.Value!;
        if (room.Length < numbers)
        {
            _copied.Value = room = GC.AllocateUninitializedArray<float>(numbers);
        }

        for (var i = 0; i < count; i++)
        {
            matrix.Rows(ids[start + i], 1).CopyTo(room.AsSpan(i * Width));
        }

        return room.AsSpan(0, numbers);
    }
}
