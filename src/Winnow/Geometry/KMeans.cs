using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// k-means by Lloyd's iteration (1957; published 1982), Euclidean or spherical (Dhillon and Modha, Machine Learning 42, 2001). All rows count unless
/// told otherwise. The result is the same bits at any number of threads: rows are assigned one by one, and centroids are sums in float64 in the rows' order.
/// </summary>
/// <remarks>
/// A centroid without rows moves to the row farthest from its own centroid, of those whose centroid has others; the lowest row where several are
/// equally far. Of float32 products, rounding may decide between two centroids whose squared distances from a row differ by about a millionth.
/// </remarks>
public static unsafe class KMeans
{
    // Rows between two meetings of the threads; it changes no result.
    private const int Stretch = 64 * TileWorker.Rows;

    /// <summary>Finds centroids and assigns every row.</summary>
    /// <param name="matrix">The rows, at least as many as centroids.</param>
    /// <param name="centroids">k, at least 1.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">More centroids than rows, an option out of its range, or centroids of another size.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite, or has no direction where the cosine needs one.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static KMeansResult Run(EmbeddingMatrix matrix, int centroids, KMeansOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        options ??= new();
        Check(matrix, centroids, options);
        var rows = RowView.Of(matrix, options.Metric, options.Threads, cancellation);
        using Work all = new(rows, centroids, options);
        var values = new float[centroids * matrix.Width];
        fixed (float* pinned = values)
        {
            // As many as that are all rows: nothing to choose.
            var most = (options.MaxPointsPerCentroid ?? int.MaxValue) * (long)centroids;
            if (most < matrix.Count)
            {
                var ids = DistinctRows.Draw((int)most, matrix.Count, Rng.Derive(options.Seed, 0, "k-means rows"));
                Array.Sort(ids);
                using SubsetMatrix subset = new(matrix, ids);
                var some = rows.Some(subset, ids);
                using Work part = new(some, centroids, options);
                Begin(some, options, pinned, centroids, cancellation);
                part.Iterate(pinned, cancellation);
                all.Take(part);
            }
            else
            {
                Begin(rows, options, pinned, centroids, cancellation);
                all.Iterate(pinned, cancellation);
            }

            return all.Finish(values, pinned, cancellation);
        }
    }

    private static void Check(EmbeddingMatrix matrix, int centroids, KMeansOptions options)
    {
        if (centroids < 1 || centroids > matrix.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{centroids} centroids of {matrix.Count} rows: there must be at least 1, and at most as many as rows"), nameof(centroids));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(options.Iterations, nameof(options));
        if (options.MaxPointsPerCentroid is < 1)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"at most {options.MaxPointsPerCentroid} rows a centroid: there must be at least 1; null takes all rows"), nameof(options));
        }

        var width = matrix.Width;
        if (!options.Centroids.IsEmpty && options.Centroids.Length != (long)centroids * width)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{options.Centroids.Length} numbers of initial centroids: {centroids} centroids of {width} are {(long)centroids * width}"), nameof(options));
        }

        if ((long)(centroids + 256) * width > Array.MaxLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{centroids} centroids of {width} numbers are more than an array holds; there can be {Math.Max(0, (Array.MaxLength / width) - 256)}"), nameof(centroids));
        }

        var sampled = options.MaxPointsPerCentroid is { } most && (long)most * centroids < matrix.Count ? (long)most * centroids : 0;
        var threads = Chunks.Threads(options.Threads);
        // Centroids as numbers, packed, and as sums; a row's id and distance, and its length for the cosine; those of a part of the rows; the buffers of the threads.
        var fixedBytes = (16.0 * centroids * width) + (threads * TileWorker.Bytes(width)) + (sampled * 20.0);
        WorkingMemory.Require(fixedBytes + (matrix.Count * (options.Metric == Metric.Cosine ? 16.0 : 8.0)), options.MaxMemory,
            string.Create(CultureInfo.InvariantCulture, $"{centroids} centroids of {matrix.Count} rows of {width}"), allowed => string.Create(CultureInfo.InvariantCulture,
                $"{Math.Max(0, (long)((allowed - (matrix.Count * 16.0) - (threads * TileWorker.Bytes(width))) / (16.0 * width)))} centroids would fit"));
    }

    private static void Begin(RowView rows, KMeansOptions options, float* centroids, int count, CancellationToken cancellation)
    {
        var width = rows.Width;
        if (!options.Centroids.IsEmpty)
        {
            options.Centroids.Span.CopyTo(new Span<float>(centroids, count * width));
            var given = Given(rows, new PointerMatrix(centroids, count, width), options, cancellation);
            for (var c = 0; c < count; c++)
            {
                Copy(given, c, centroids + ((nint)c * width));
            }

            return;
        }

        var ids = options.Start switch
        {
            KMeansStart.Random => DistinctRows.Draw(count, rows.Count, Rng.Derive(options.Seed, 0, "k-means start")),
            KMeansStart.PlusPlus => PlusPlus(rows, count, options, cancellation),
            _ => throw new ArgumentException($"{options.Start} is no way to begin k-means; there are {nameof(KMeansStart.Random)} and {nameof(KMeansStart.PlusPlus)}", nameof(options)),
        };
        for (var c = 0; c < count; c++)
        {
            Copy(rows, ids[c], centroids + ((nint)c * width));
        }
    }

    private static RowView Given(RowView rows, EmbeddingMatrix centroids, KMeansOptions options, CancellationToken cancellation)
    {
        try
        {
            return rows.For(centroids, options.Threads, cancellation);
        }
        catch (EmbeddingException error)
        {
            throw new EmbeddingException($"of the initial centroids, {error.Message}", error.Row);
        }
    }

    private static void Copy(RowView rows, int row, float* destination)
    {
        var values = rows.Matrix.Rows(row, 1);
        for (var k = 0; k < values.Length; k++)
        {
            destination[k] = (float)(values[k] * rows.Scale(row));
        }
    }

    private static int[] PlusPlus(RowView rows, int count, KMeansOptions options, CancellationToken cancellation)
    {
        var random = Rng.Derive(options.Seed, 0, "k-means++").Sequence();
        using NearestSelected nearest = new(rows, options.Threads);
        nearest.Add((int)random.Next((uint)rows.Count), cancellation);
        while (nearest.Selected.Count < count)
        {
            var drawn = nearest.Draw(random.NextDouble());
            nearest.Add(drawn >= 0 ? drawn : nearest.FirstFree(), cancellation);
        }

        return [.. nearest.Selected];
    }

    /// <summary>The rows' assignments, and what moves the centroids.</summary>
    private sealed class Work(RowView rows, int count, KMeansOptions options) : IDisposable
    {
        private readonly int[] _assignments = HugePages.Uninitialized<int>(rows.Count);
        private readonly float[] _squares = HugePages.Uninitialized<float>(rows.Count);
        private readonly CentroidAssignment _assignment = new(rows, count, options.Threads);
        private List<double> _objectives = [];
        private int _refilled;

        public void Dispose() => _assignment.Dispose();

        /// <summary>What happened over a part of the rows.</summary>
        public void Take(Work part) => (_objectives, _refilled) = (part._objectives, part._refilled);

        public void Iterate(float* centroids, CancellationToken cancellation)
        {
            if (options.Iterations == 0)
            {
                return;
            }

            using CentroidSums sums = new(count, rows.Width);
            _assignments.AsSpan().Fill(-1);
            for (var iteration = 1; iteration <= options.Iterations; iteration++)
            {
                sums.Clear();
                var changed = Assign(centroids, sums, cancellation);
                var objective = Objective();
                _objectives.Add(objective);
                var moved = Refill(sums);
                for (var c = 0; c < count; c++)
                {
                    sums.Write(c, rows.Metric, centroids + ((nint)c * rows.Width));
                }

                options.Progress?.Invoke(new(iteration, options.Iterations, objective));
                if (changed == 0 && moved == 0)
                {
                    break;
                }
            }
        }

        public KMeansResult Finish(float[] values, float* centroids, CancellationToken cancellation)
        {
            Assign(centroids, null, cancellation);
            var objective = Objective();
            var sizes = new int[count];
            for (var i = 0; i < rows.Count; i++)
            {
                sizes[_assignments[i]]++;
                _squares[i] = (float)rows.Distance(_squares[i]);
            }

            return new(values, rows.Width, _assignments, _squares, sizes, objective, [.. _objectives], _refilled);
        }

        private int Assign(float* centroids, CentroidSums? sums, CancellationToken cancellation)
        {
            _assignment.Use(centroids, cancellation);
            var changed = 0;
            fixed (int* ids = _assignments)
            fixed (float* squares = _squares)
            {
                for (var start = 0L; start < rows.Count; start += Stretch)
                {
                    var now = (int)Math.Min(Stretch, rows.Count - start);
                    changed += _assignment.Assign((int)start, now, centroids, ids + start, squares + start, cancellation);
                    sums?.Add(rows, (int)start, now, ids + start, options.Threads);
                }
            }

            return changed;
        }

        // In the rows' order, so that threads don't matter.
        private double Objective()
        {
            var sum = 0.0;
            foreach (var square in _squares)
            {
                sum += square;
            }

            return rows.Metric == Metric.Cosine ? sum / 2 : sum;
        }

        private int Refill(CentroidSums sums)
        {
            var empty = sums.Counts.Count(0);
            if (empty == 0)
            {
                return 0;
            }

            // The farthest rows, farthest first; those alone with their centroid are at distance 0 and can't be among them.
            PriorityQueue<int, (float Square, int Row)> farthest = new(Comparer<(float Square, int Row)>.Create(static (a, b) =>
                a.Square != b.Square ? a.Square.CompareTo(b.Square) : b.Row.CompareTo(a.Row)));
            for (var i = 0; i < rows.Count; i++)
            {
                if (_squares[i] > 0 && (farthest.Count < empty || _squares[i] > _squares[farthest.Peek()]))
                {
                    farthest.Enqueue(i, (_squares[i], i));
                    if (farthest.Count > empty)
                    {
                        farthest.Dequeue();
                    }
                }
            }

            var order = new int[farthest.Count];
            for (var i = order.Length - 1; i >= 0; i--)
            {
                order[i] = farthest.Dequeue();
            }

            var (next, moved) = (0, 0);
            for (var c = 0; c < count; c++)
            {
                if (sums.Counts[c] != 0)
                {
                    continue;
                }

                while (next < order.Length && sums.Counts[_assignments[order[next]]] <= 1)
                {
                    next++;
                }

                if (next == order.Length)
                {
                    break;
                }

                sums.Move(rows, order[next], _assignments[order[next]], c);
                _assignments[order[next++]] = c;
                moved++;
            }

            _refilled += moved;
            return moved;
        }
    }
}
