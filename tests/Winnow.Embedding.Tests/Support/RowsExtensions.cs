namespace Winnow.Embedding.Tests.Support;

internal static class RowsExtensions
{
    /// <summary>All rows, one after another.</summary>
    public static float[] All(this EmbeddingRows rows)
    {
        var all = new float[rows.Count * rows.Dimensions];
        for (var done = 0; done < rows.Count; done += rows.Window)
        {
            rows.Next(all.AsSpan(done * rows.Dimensions, Math.Min(rows.Window, rows.Count - done) * rows.Dimensions));
        }

        return all;
    }
}
