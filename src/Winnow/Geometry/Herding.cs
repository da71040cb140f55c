using System.Globalization;

namespace Winnow.Geometry;

/// <summary>How herding is run.</summary>
public sealed record HerdingOptions
{
    /// <summary>
    /// Takes the row that is worst each time in place of the best: what DeepCore's program does, against the paper, and what its published numbers are of. Default: no.
    /// </summary>
    public bool Farthest { get; init; }

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }

    /// <summary>The most working memory, in bytes, beside the embeddings; null: half of what the process may have.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Is told the number selected after each, on the caller's thread.</summary>
    public Action<int>? Progress { get; init; }
}

/// <summary>What herding found.</summary>
/// <param name="Ids">The rows in the order of their selection; a shorter selection is the beginning of a longer one.</param>
/// <param name="Distances">The distance between the mean of the selection so far, each row included, and the mean of all rows.</param>
public sealed record HerdingResult(IReadOnlyList<int> Ids, IReadOnlyList<double> Distances);

/// <summary>
/// Herding (Welling, ICML 2009; as a coreset in DeepCore, Guo et al., 2022): each next row is the one that brings the selection's mean nearest to the mean of all rows, the lowest where
/// several do. A row is selected once.
/// </summary>
/// <remarks>Distances are summed in float64; one pass over the rows a step, O(n) memory.</remarks>
public static unsafe class Herding
{
    /// <summary>Selects rows.</summary>
    /// <param name="matrix">The rows.</param>
    /// <param name="count">How many to select, from 0 to all.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">More than there are.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static HerdingResult Select(EmbeddingMatrix matrix, int count, HerdingOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        options ??= new();
        if (count < 0 || count > matrix.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{count} rows to be selected of {matrix.Count}: there can be 0 to {matrix.Count}"), nameof(count));
        }

        WorkingMemory.Require(matrix.Count + (12.0 * count), options.MaxMemory, string.Create(CultureInfo.InvariantCulture, $"{count} of {matrix.Count} rows"),
            static allowed => string.Create(CultureInfo.InvariantCulture, $"about {allowed / 13} rows would fit"));
        var rows = RowView.Of(matrix, Metric.Euclidean, options.Threads, cancellation);
        var ids = new int[count];
        var distances = new double[count];
        var mean = Mean(rows, options.Threads);
        using Search search = new(rows, options);
        // The sum that the next row would complete: as many means as rows, less the rows.
        var wanted = (double[])mean.Clone();
        for (var step = 0; step < count; step++)
        {
            var (row, square) = search.Take(wanted, cancellation);
            (ids[step], distances[step]) = (row, Math.Sqrt(square) / (step + 1));
            var values = matrix.Rows(row, 1);
            for (var k = 0; k < wanted.Length; k++)
            {
                wanted[k] += mean[k] - values[k];
            }

            options.Progress?.Invoke(step + 1);
        }

        return new(ids, distances);
    }

    private static double[] Mean(RowView rows, int threads)
    {
        using CentroidSums sums = new(1, rows.Width);
        sums.Clear();
        var all = new int[Math.Min(rows.Count, 1 << 16)];
        fixed (int* first = all)
        {
            for (var start = 0L; start < rows.Count; start += all.Length)
            {
                sums.Add(rows, (int)start, (int)Math.Min(all.Length, rows.Count - start), first, threads);
            }
        }

        return [.. sums.Sums(0).ToArray().Select(sum => sum / Math.Max(1, rows.Count))];
    }

    /// <summary>Looks for the next row among those that are left.</summary>
    private sealed class Search(RowView rows, HerdingOptions options) : IDisposable
    {
        private readonly VectorPath _path = VectorPaths.Current;
        private readonly bool[] _taken = new bool[rows.Count];
        private readonly int _chunk = Math.Clamp((1 << 18) / rows.Width, 64, 2048);
        private readonly BlockWorkers<NoBuffers> _workers = new((long)rows.Count * rows.Width < 1 << 16 ? 1 : options.Threads, static () => default);

        public void Dispose() => _workers.Dispose();

        public (int Row, double Square) Take(double[] point, CancellationToken cancellation)
        {
            var found = new (int Row, double Square)[(int)(((long)rows.Count + _chunk - 1) / _chunk)];
            fixed (double* pinned = point)
            {
                var to = pinned;
                _workers.For(found.Length, (chunk, _) => found[chunk] = Look(chunk * _chunk, Math.Min(_chunk, rows.Count - (chunk * _chunk)), to), cancellation);
            }

            (int Row, double Square) best = (-1, 0);
            foreach (var one in found)
            {
                best = one.Row >= 0 && (best.Row < 0 || Better(one.Square, best.Square)) ? one : best;
            }

            _taken[best.Row] = true;
            return best;
        }

        private bool Better(double square, double than) => options.Farthest ? square > than : square < than;

        private (int Row, double Square) Look(int start, int count, double* point)
        {
            (int Row, double Square) best = (-1, 0);
            fixed (float* values = rows.Matrix.Rows(start, count))
            {
                for (var i = 0; i < count; i++)
                {
                    if (!_taken[start + i])
                    {
                        var square = ExactRows.Squared(_path, values + ((nint)i * rows.Width), 1, point, rows.Width);
                        best = best.Row < 0 || Better(square, best.Square) ? (start + i, square) : best;
                    }
                }
            }

            return best;
        }
    }
}
