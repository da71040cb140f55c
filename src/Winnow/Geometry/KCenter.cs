using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>How k-center selection is run.</summary>
public sealed record KCenterOptions
{
    /// <summary>The metric. With the cosine, distances are compared between directions; the order is the same as by angle.</summary>
    public Metric Metric { get; init; } = Metric.Euclidean;

    /// <summary>Rows that are selected already, in any order; they don't count and aren't returned. Empty, the default: the first row is drawn at random.</summary>
    public ReadOnlyMemory<int> Selected { get; init; }

    /// <summary>The seed of the first row.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }

    /// <summary>The most working memory, in bytes, beside the embeddings; null: half of what the process may have.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Is told the number selected after each, on the caller's thread.</summary>
    public Action<int>? Progress { get; init; }

    /// <summary>For tests: whether the triangle inequality is made use of.</summary>
    internal bool Skips { get; init; } = true;
}

/// <summary>What k-center selection found.</summary>
/// <param name="Ids">The rows in the order of their selection; a shorter selection is the beginning of a longer one.</param>
/// <param name="Distances">Each one's distance from those selected before it when it was selected, so the radius without it; infinite for a first one. They never grow but for rounding to float32.</param>
/// <param name="Radius">The largest distance of any row from the nearest selected; 0 where all rows are selected. Infinite where none is.</param>
/// <param name="Skipped">How many distances the triangle inequality saved.</param>
public sealed record KCenterResult(IReadOnlyList<int> Ids, IReadOnlyList<float> Distances, double Radius, long Skipped);

/// <summary>
/// k-center selection, farthest first: each next row is the one farthest from all selected before, the lowest where several are (Gonzalez, Theoretical
/// Computer Science 38, 1985; as a coreset Sener and Savarese, ICLR 2018). The largest distance from the selection is at most twice the smallest possible.
/// </summary>
/// <remarks>O(n) memory. Distances are summed in float64 from differences; rows that a new one can't be nearer to are left out by the triangle inequality, which changes no bit.</remarks>
public static class KCenter
{
    /// <summary>Selects rows.</summary>
    /// <param name="matrix">The rows.</param>
    /// <param name="count">How many to select, from 0 to the number of rows that aren't selected already.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">More than there are, or a selected row that doesn't exist or comes twice.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite, or has no direction where the cosine needs one.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static KCenterResult Select(EmbeddingMatrix matrix, int count, KCenterOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        options ??= new();
        Check(matrix, count, options);
        var rows = RowView.Of(matrix, options.Metric, options.Threads, cancellation);
        using NearestSelected nearest = new(rows, options.Threads) { Skips = options.Skips };
        foreach (var row in options.Selected.Span)
        {
            nearest.Add(row, cancellation);
        }

        var ids = new int[count];
        var distances = new float[count];
        for (var i = 0; i < count; i++)
        {
            var first = nearest.Selected.Count == 0;
            var (row, square) = first ? ((int)Rng.Derive(options.Seed, 0, "k-center start").Sequence().Next((uint)rows.Count), double.PositiveInfinity) : nearest.Farthest();
            (ids[i], distances[i]) = (row, (float)rows.Distance(square));
            nearest.Add(row, cancellation);
            options.Progress?.Invoke(i + 1);
        }

        var radius = nearest.Selected.Count == 0 ? double.PositiveInfinity : rows.Distance(Math.Max(0, nearest.Farthest().Square));
        return new(ids, distances, radius, nearest.Skipped);
    }

    private static void Check(EmbeddingMatrix matrix, int count, KCenterOptions options)
    {
        HashSet<int> seen = [];
        foreach (var row in options.Selected.Span)
        {
            if ((uint)row >= (uint)matrix.Count || !seen.Add(row))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"row {row} is named as selected already: rows go from 0 to {matrix.Count - 1}, and each is named once"), nameof(options));
            }
        }

        if (count < 0 || count > matrix.Count - seen.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{count} rows to be selected of {matrix.Count}, {seen.Count} of them selected already: there can be 0 to {matrix.Count - seen.Count}"), nameof(count));
        }

        WorkingMemory.Require(NearestSelected.Bytes(matrix.Count, count + seen.Count) + (options.Metric == Metric.Cosine ? 8.0 * matrix.Count : 0), options.MaxMemory,
            string.Create(CultureInfo.InvariantCulture, $"{count} of {matrix.Count} rows"),
            allowed => string.Create(CultureInfo.InvariantCulture, $"about {(long)(allowed / (options.Metric == Metric.Cosine ? 20.0 : 12.0))} rows would fit"));
    }
}
