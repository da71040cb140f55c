using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>How nearest neighbours are found.</summary>
public sealed record NearestNeighboursOptions
{
    /// <summary>The metric.</summary>
    public Metric Metric { get; init; } = Metric.Euclidean;

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }

    /// <summary>The most working memory, in bytes, beside the embeddings; null: half of what the process may have.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Is told the share of the work that is done, in (0, 1], on the caller's thread.</summary>
    public Action<double>? Progress { get; init; }
}

/// <summary>
/// The k nearest rows of every query, by looking at all of them. Products in float32, block by block, choose k and a few more; the distances of those are
/// computed in float64 and put into order, equal ones by their index. Rows that are equal have equal distances to the bit, and 0 from one another.
/// </summary>
public sealed unsafe class NearestNeighbours
{
    // Rows of the base that are packed at a time.
    private const int Block = 8192;

    // So many more than asked are looked at in float64: rounding of products then matters only where more than that differ, in squared distance, by less
    // than about a millionth of the squared lengths.
    private const int Spare = 8;

    private readonly int[] _ids;
    private readonly float[] _distances;

    private NearestNeighbours(int count, int neighbours)
    {
        (Count, Neighbours) = (count, neighbours);
        (_ids, _distances) = (HugePages.Uninitialized<int>(checked(count * neighbours)), HugePages.Uninitialized<float>(count * neighbours));
    }

    /// <summary>The number of queries.</summary>
    public int Count { get; }

    /// <summary>k.</summary>
    public int Neighbours { get; }

    /// <summary>The rows nearest to a query, nearest first.</summary>
    /// <param name="query">The query, 0-based.</param>
    public ReadOnlySpan<int> Ids(int query) => _ids.AsSpan(query * Neighbours, Neighbours);

    /// <summary>Their distances, in the same order: lengths of differences, or 1 - cosine.</summary>
    /// <param name="query">The query, 0-based.</param>
    public ReadOnlySpan<float> Distances(int query) => _distances.AsSpan(query * Neighbours, Neighbours);

    /// <summary>The nearest others of every row of a matrix. A row isn't its own neighbour; another that equals it is.</summary>
    /// <param name="matrix">The rows.</param>
    /// <param name="neighbours">k, from 0 to one less than there are rows.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">k isn't in that range.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite, or has no direction where the cosine needs one.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static NearestNeighbours Among(EmbeddingMatrix matrix, int neighbours, NearestNeighboursOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        options ??= new();
        Check(matrix.Count, matrix, neighbours, Math.Max(0, matrix.Count - 1), options);
        var rows = RowView.Of(matrix, options.Metric, options.Threads, cancellation);
        return Find(rows, rows, true, neighbours, options, cancellation);
    }

    /// <summary>The nearest rows of a base for every query.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="among">The base, of the same width.</param>
    /// <param name="neighbours">k, from 0 to the number of rows of the base.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">The widths differ, or k isn't in that range.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite, or has no direction where the cosine needs one; of which matrix the message says.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static NearestNeighbours Of(EmbeddingMatrix queries, EmbeddingMatrix among, int neighbours, NearestNeighboursOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(among);
        options ??= new();
        if (queries.Width != among.Width)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"queries of {queries.Width} numbers among rows of {among.Width}: they must have the same width"), nameof(queries));
        }

        Check(queries.Count, among, neighbours, among.Count, options);
        var rows = RowView.Of(among, options.Metric, options.Threads, cancellation);
        RowView asked;
        try
        {
            asked = rows.For(queries, options.Threads, cancellation);
        }
        catch (EmbeddingException error)
        {
            throw new EmbeddingException($"of the queries, {error.Message}", error.Row);
        }

        return Find(asked, rows, false, neighbours, options, cancellation);
    }

    private static void Check(int queries, EmbeddingMatrix among, int neighbours, int most, NearestNeighboursOptions options)
    {
        if (neighbours < 0 || neighbours > most)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{neighbours} neighbours among {among.Count} rows: there are 0 to {most}"), nameof(neighbours));
        }

        var threads = Chunks.Threads(options.Threads);
        var others = (threads * TileWorker.Bytes(among.Width)) + (4.0 * Math.Min(among.Count, Block) * among.Width) + (options.Metric == Metric.Cosine ? 8.0 * (queries + among.Count) : 0);
        WorkingMemory.Require(others + CandidateLists.Bytes(queries, neighbours + Spare) + (8.0 * queries * neighbours), options.MaxMemory,
            string.Create(CultureInfo.InvariantCulture, $"{neighbours} neighbours of {queries} rows"),
            allowed => string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Clamp((((allowed - others) / Math.Max(1, queries)) - (8 * Spare) - 4) / 16, 0, most)} neighbours would fit, or fewer queries at a time"));
        if ((long)queries * (neighbours + Spare) > Array.MaxLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{neighbours} neighbours of {queries} rows are more than an array holds; ask for at most {(Array.MaxLength / queries) - Spare}, or for fewer queries at a time"), nameof(neighbours));
        }
    }

    private static NearestNeighbours Find(RowView queries, RowView among, bool self, int neighbours, NearestNeighboursOptions options, CancellationToken cancellation)
    {
        NearestNeighbours found = new(queries.Count, neighbours);
        if (neighbours == 0 || queries.Count == 0)
        {
            return found;
        }

        var path = VectorPaths.Current;
        using CandidateLists lists = new(queries.Count, Math.Min(neighbours + Spare, self ? among.Count - 1 : among.Count));
        Search(queries, among, self, path, lists, options, cancellation);
        using BlockWorkers<Ranking> workers = new(options.Threads, () => new(among.Width, neighbours + Spare));
        workers.For(TileWorker.Blocks(queries.Count), (block, ranking) =>
        {
            for (int query = block * TileWorker.Rows, end = Math.Min(queries.Count, query + TileWorker.Rows); query < end; query++)
            {
                ranking.Rank(queries, query, among, lists.Ids(query), path);
                for (var i = 0; i < neighbours; i++)
                {
                    var (square, id) = ranking.Ranked[i];
                    found._ids[(query * neighbours) + i] = id;
                    found._distances[(query * neighbours) + i] = (float)among.Distance(square);
                }
            }
        }, cancellation);
        return found;
    }

    private static void Search(RowView queries, RowView among, bool self, VectorPath path, CandidateLists lists, NearestNeighboursOptions options, CancellationToken cancellation)
    {
        var step = PackedRows.Fitting(among.Width, Math.Min(Block, among.Count));
        using PackedRows packed = new(path, among.Width, step, options.Threads);
        using NativeBuffer<float> halves = new(step + TileWorker.Columns);
        using BlockWorkers<TileWorker> workers = new(options.Threads, () => new(path, among.Width));
        for (var next = 0L; next < among.Count; next += step)
        {
            var start = (int)next;
            var count = Math.Min(step, among.Count - start);
            packed.Load(among, start, count, cancellation);
            TileScan.Halves(packed, among.Metric, halves.Span);
            workers.For(TileWorker.Blocks(queries.Count), (block, worker) =>
            {
                var first = block * TileWorker.Rows;
                worker.Load(queries, first, Math.Min(TileWorker.Rows, queries.Count - first));
                worker.Multiply(packed, 0, count, (column, columns, tile) =>
                {
                    var half = halves.Pointer + column;
                    for (var i = 0; i < worker.Count; i++)
                    {
                        var products = tile + (i * TileWorker.Columns);
                        // Rows come in ascending order, so that only a smaller value beats a full list.
                        var limit = lists.Limit(first + i);
                        for (var j = TileScan.Below(products, half, 0, columns, limit); j < columns; j = TileScan.Below(products, half, j + 1, columns, limit))
                        {
                            var id = start + column + j;
                            if (!self || id != first + i)
                            {
                                lists.Offer(first + i, half[j] - products[j], id);
                                limit = lists.Limit(first + i);
                            }
                        }
                    }
                });
            }, cancellation);
            options.Progress?.Invoke((double)(start + count) / among.Count);
        }
    }

    /// <summary>Puts candidates into order by distances in float64.</summary>
    private sealed class Ranking(int width, int capacity) : IDisposable
    {
        private readonly NativeBuffer<double> _point = new(width);

        public (double Square, int Id)[] Ranked { get; } = new (double, int)[capacity];

        public void Rank(RowView queries, int query, RowView among, ReadOnlySpan<int> ids, VectorPath path)
        {
            queries.Point(query, _point.Pointer);
            for (var i = 0; i < ids.Length; i++)
            {
                Ranked[i] = (among.Squared(path, ids[i], _point.Pointer), ids[i]);
            }

            // By distance, then by id.
            Ranked.AsSpan(0, ids.Length).Sort();
        }

        public void Dispose() => _point.Dispose();
    }
}
