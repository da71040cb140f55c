using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// Semantic duplicates within given clusters (SemDeDup: Abbas et al., "SemDeDup: data-efficient learning at web-scale through semantic deduplication", 2023).
/// For every row the largest cosine to an earlier row of its cluster is kept, so that any number of thresholds come from one pass over the pairs.
/// </summary>
/// <remarks>
/// The cosines that count are computed in float64 and rounded to float32; products in float32 choose the pairs for which that is done, so that of two
/// partners that differ by less than about a millionth either may be taken. Memory doesn't grow with the size of a cluster.
/// </remarks>
public sealed unsafe class SemanticDuplicates
{
    // Products this near to a threshold are computed again in float64.
    private const double Near = 1e-5;

    private readonly RowView _rows;
    private readonly int[] _order, _starts;
    private readonly float[] _largest;
    private readonly SemanticDuplicatesOptions _options;

    private SemanticDuplicates(RowView rows, int[] order, int[] starts, SemanticDuplicatesOptions options)
    {
        (_rows, _order, _starts, _options) = (rows, order, starts, options);
        _largest = HugePages.Uninitialized<float>(rows.Count);
    }

    /// <summary>Every row's largest cosine to an earlier row of its cluster, the number that thresholds are compared with; -1 where there is no earlier one.</summary>
    public ReadOnlySpan<float> LargestEarlier => _largest;

    /// <summary>All rows, cluster after cluster, and within a cluster in the order in which they are looked at.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>Compares all pairs within clusters.</summary>
    /// <param name="matrix">The rows; only their directions count.</param>
    /// <param name="clusters">Every row's cluster, at least 0. Numbers without rows do no harm.</param>
    /// <param name="options">How; keys are needed unless the order is random.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">Clusters or keys of another number than rows, a negative cluster, or a key that isn't a number.</exception>
    /// <exception cref="EmbeddingException">A row that isn't finite or has no direction.</exception>
    /// <exception cref="WorkingMemoryException">It doesn't fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SemanticDuplicates Find(EmbeddingMatrix matrix, ReadOnlySpan<int> clusters, SemanticDuplicatesOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(options);
        Check(matrix, clusters, options);
        var rows = RowView.Of(matrix, Metric.Cosine, options.Threads, cancellation);
        var (order, starts) = Arrange(clusters, options);
        SemanticDuplicates found = new(rows, order, starts, options);
        found.Compare(cancellation);
        return found;
    }

    /// <summary>Which rows stay at a threshold.</summary>
    /// <param name="epsilon">Two rows are alike where their cosine is above 1 - epsilon, which is in (0, 2). .01 to .1 is usual.</param>
    /// <param name="policy">What makes a row a duplicate. Any but the first goes over those pairs again that may matter, and so needs the embeddings still.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <returns>One a row, true for those that stay.</returns>
    /// <exception cref="ArgumentException">epsilon isn't in its range, or there is no such policy.</exception>
    public bool[] Keep(double epsilon, DuplicatePolicy policy = DuplicatePolicy.AnyEarlier, CancellationToken cancellation = default)
    {
        if (!(epsilon is > 0 and < 2))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"epsilon={epsilon}: it must be above 0 and below 2; rows are alike where their cosine is above 1 - epsilon"), nameof(epsilon));
        }

        return policy switch
        {
            DuplicatePolicy.AnyEarlier => Array.ConvertAll(_largest, largest => !(largest > 1 - epsilon)),
            DuplicatePolicy.KeptOnly => KeptOnly(1 - epsilon, cancellation),
            DuplicatePolicy.ConnectedComponents => Components(1 - epsilon, cancellation),
            _ => throw new ArgumentException($"{policy} is no policy; there are {string.Join(", ", Enum.GetNames<DuplicatePolicy>())}", nameof(policy)),
        };
    }

    private static void Check(EmbeddingMatrix matrix, ReadOnlySpan<int> clusters, SemanticDuplicatesOptions options)
    {
        if (clusters.Length != matrix.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{clusters.Length} clusters for {matrix.Count} rows: there must be one a row"), nameof(clusters));
        }

        for (var i = 0; i < clusters.Length; i++)
        {
            if (clusters[i] < 0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"row {i} is in cluster {clusters[i]}: clusters are numbered from 0"), nameof(clusters));
            }
        }

        var keys = options.Keys.Span;
        if (options.Order != DuplicateOrder.Random && keys.Length != matrix.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{keys.Length} keys for {matrix.Count} rows: give one a row, such as the distances from the centroids, or take the random order"), nameof(options));
        }

        for (var i = 0; i < keys.Length && options.Order != DuplicateOrder.Random; i++)
        {
            if (float.IsNaN(keys[i]))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the key of row {i} is NaN: it has no place in an order"), nameof(options));
            }
        }

        var threads = Chunks.Threads(options.Threads);
        var buffers = (threads * TileWorker.Bytes(matrix.Width)) + ((threads + 1) * 4.0 * EarlierPairs.Block * matrix.Width);
        WorkingMemory.Require(buffers + (32.0 * matrix.Count), options.MaxMemory, string.Create(CultureInfo.InvariantCulture, $"the pairs of {matrix.Count} rows of {matrix.Width}"),
            allowed => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (long)((allowed - buffers) / 32))} rows would fit on {threads} threads; fewer threads take less"));
    }

    // Rows by cluster, and each cluster in its order.
    private static (int[] Order, int[] Starts) Arrange(ReadOnlySpan<int> clusters, SemanticDuplicatesOptions options)
    {
        // Numbers may be sparse; only those with rows get a group.
        var ids = new int[clusters.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i;
        }

        var keys = clusters.ToArray();
        Array.Sort(keys, ids);
        List<int> starts = [0];
        for (var i = 1; i <= ids.Length; i++)
        {
            if (i == ids.Length || keys[i] != keys[i - 1])
            {
                starts.Add(i);
            }
        }

        int[] bounds = [.. starts];
        Chunks.For(bounds.Length - 1, options.Threads, g =>
        {
            var group = ids.AsSpan(bounds[g], bounds[g + 1] - bounds[g]);
            switch (options.Order)
            {
                case DuplicateOrder.Random:
                    group.Sort();
                    FisherYates.Shuffle(group, Rng.Derive(options.Seed, 0, "semantic duplicates"), (uint)keys[bounds[g]]);
                    break;
                case DuplicateOrder.SmallestFirst:
                    group.Sort((a, b) => (options.Keys.Span[a].CompareTo(options.Keys.Span[b]), a.CompareTo(b)) is var (k, r) && k != 0 ? k : r);
                    break;
                default:
                    group.Sort((a, b) => (options.Keys.Span[b].CompareTo(options.Keys.Span[a]), a.CompareTo(b)) is var (k, r) && k != 0 ? k : r);
                    break;
            }
        });
        return (ids, bounds);
    }

    private void Compare(CancellationToken cancellation)
    {
        var count = _rows.Count;
        using NativeBuffer<float> products = new(count);
        using NativeBuffer<int> partners = new(count);
        products.Span.Fill(float.NegativeInfinity);
        partners.Span.Fill(-1);
        var best = products.Pointer;
        var partner = partners.Pointer;
        new EarlierPairs(_rows, _order, _starts, _options.Threads).Run(null, false, (place, first, length, tile) =>
        {
            var (value, at) = TileScan.Largest(tile, length, best[place]);
            if (at >= 0)
            {
                (best[place], partner[place]) = (value, first + at);
            }
        }, _options.Progress, cancellation);
        var path = VectorPaths.Current;
        using BlockWorkers<NativeBuffer<double>> workers = new(_options.Threads, () => new(_rows.Width));
        workers.For(TileWorker.Blocks(count), (block, point) =>
        {
            for (int place = block * TileWorker.Rows, end = Math.Min(count, place + TileWorker.Rows); place < end; place++)
            {
                _largest[_order[place]] = partner[place] < 0 ? -1 : Cosine(path, place, partner[place], point.Pointer);
            }
        }, cancellation);
    }

    private float Cosine(VectorPath path, int place, int other, double* point)
    {
        _rows.Point(_order[other], point);
        return (float)(1 - (_rows.Squared(path, _order[place], point) / 2));
    }

    // Whether two places are alike, by a product where that is clear, and by float64 where it isn't.
    private bool Alike(VectorPath path, int place, int other, float product, double limit)
    {
        if (Math.Abs(product - limit) > Near)
        {
            return product > limit;
        }

        using NativeBuffer<double> point = new(_rows.Width);
        return Cosine(path, place, other, point.Pointer) > limit;
    }

    // Only rows that are like any earlier one can go.
    private int[] Doubtful(double limit)
    {
        List<int> places = [];
        for (var place = 0; place < _order.Length; place++)
        {
            if (_largest[_order[place]] > limit - Near)
            {
                places.Add(place);
            }
        }

        return [.. places];
    }

    private bool[] KeptOnly(double limit, CancellationToken cancellation)
    {
        var path = VectorPaths.Current;
        var gone = new bool[_order.Length];
        var lowest = (float)(limit - (2 * Near));
        new EarlierPairs(_rows, _order, _starts, _options.Threads).Run(Doubtful(limit), true, (place, first, length, tile) =>
        {
            for (var j = gone[place] ? length : TileScan.Above(tile, 0, length, lowest); j < length; j = TileScan.Above(tile, j + 1, length, lowest))
            {
                if (!gone[first + j] && Alike(path, place, first + j, tile[j], limit))
                {
                    gone[place] = true;
                    return;
                }
            }
        }, null, cancellation);
        return Stay(place => !gone[place]);
    }

    private bool[] Components(double limit, CancellationToken cancellation)
    {
        var path = VectorPaths.Current;
        UnionFind sets = new(_order.Length);
        var lowest = (float)(limit - (2 * Near));
        new EarlierPairs(_rows, _order, _starts, _options.Threads).Run(Doubtful(limit), false, (place, first, length, tile) =>
        {
            for (var j = TileScan.Above(tile, 0, length, lowest); j < length; j = TileScan.Above(tile, j + 1, length, lowest))
            {
                if (sets.Find(place) != sets.Find(first + j) && Alike(path, place, first + j, tile[j], limit))
                {
                    sets.Join(place, first + j);
                }
            }
        }, null, cancellation);
        return Stay(place => sets.Find(place) == place);
    }

    private bool[] Stay(Func<int, bool> stays)
    {
        var keep = new bool[_order.Length];
        for (var place = 0; place < keep.Length; place++)
        {
            keep[_order[place]] = stays(place);
        }

        return keep;
    }
}
