using System.Globalization;

namespace Winnow.Geometry;

/// <summary>How alike two embeddings are, as a number of at least 0.</summary>
public enum Similarity
{
    /// <summary>(1 + cosine) / 2, in [0, 1], as in DeepCore. A row of length 0 is refused.</summary>
    Cosine,

    /// <summary>The largest Euclidean distance between any two rows, less their distance, as CRAIG has it (Mirzasoleiman et al., ICML 2020) but for a constant. Takes a pass over all pairs to find it. Distances come from products in float32: below about a thousandth of the rows' lengths they are rounding, but 0 for equal rows.</summary>
    Distance,

    /// <summary>The largest squared Euclidean distance between any two rows, less their squared distance: what apricot computes where it is asked for "euclidean". Rounding as of <see cref="Distance"/>.</summary>
    SquaredDistance,

    /// <summary>The square of the cosine, in [0, 1]: what apricot computes where it is asked for "cosine". Opposite rows are as alike as equal ones. A row of length 0 is refused.</summary>
    SquaredCosine,
}

/// <summary>How similarities are kept.</summary>
public sealed record SimilarityOptions
{
    /// <summary>
    /// The most working memory, in bytes; null: half of what the process may have. All n × n similarities are kept where they fit into it (4 bytes each), and
    /// computed from the embeddings whenever they are needed otherwise: the same bits either way.
    /// </summary>
    public long? MaxMemory { get; init; }

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }
}

/// <summary>Adds up a stretch of an item's similarities.</summary>
/// <param name="first">The first row of the stretch.</param>
/// <param name="count">How many rows, up to <see cref="SimilarityMatrix.Stretch"/>.</param>
/// <param name="similarities">Those of the item with the stretch's rows.</param>
internal unsafe delegate double StretchSum(int first, int count, float* similarities);

/// <summary>
/// The similarities of all rows with one another, symmetric and at least 0: kept, or computed anew whenever they are asked for. What set functions add up is
/// added up in stretches of fixed length, so that both ways, and any number of threads, give the same bits. Dispose it: what is kept lies outside the managed heap.
/// </summary>
public abstract unsafe class SimilarityMatrix : IDisposable
{
    /// <summary>Rows of a stretch.</summary>
    internal const int Stretch = TileWorker.Columns;

    private protected SimilarityMatrix(int count) => Count = count;

    /// <summary>The number of rows, n.</summary>
    public int Count { get; }

    /// <summary>Whether all similarities are kept.</summary>
    public abstract bool IsKept { get; }

    /// <summary>How many items are best asked for at once.</summary>
    internal abstract int Batch { get; }

    /// <summary>Similarities between embeddings.</summary>
    /// <param name="matrix">The embeddings; they must stay as they are.</param>
    /// <param name="similarity">How alike two are.</param>
    /// <param name="options">How they are kept; null for the defaults.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="EmbeddingException">A row that isn't finite, or has no direction where the cosine needs one.</exception>
    /// <exception cref="WorkingMemoryException">Not even the buffers fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SimilarityMatrix Of(EmbeddingMatrix matrix, Similarity similarity = Similarity.Cosine, SimilarityOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        options ??= new();
        if (!Enum.IsDefined(similarity))
        {
            throw new ArgumentException($"{similarity} is no similarity; there are {string.Join(", ", Enum.GetNames<Similarity>())}", nameof(similarity));
        }

        var buffers = ComputedSimilarities.Bytes(matrix, options.Threads);
        WorkingMemory.Require(buffers, options.MaxMemory, string.Create(CultureInfo.InvariantCulture, $"similarities of {matrix.Count} rows of {matrix.Width}"),
            static _ => "fewer threads take less, and so do fewer numbers a row");
        var byAngle = similarity is Similarity.Cosine or Similarity.SquaredCosine;
        var rows = RowView.Of(matrix, byAngle ? Metric.Cosine : Metric.Euclidean, options.Threads, cancellation);
        ComputedSimilarities computed = new(rows, similarity, options.Threads);
        try
        {
            if (buffers + (4.0 * matrix.Count * matrix.Count) > (options.MaxMemory ?? WorkingMemory.Default))
            {
                if (!byAngle)
                {
                    // For the largest distance alone.
                    computed.Lower(static (_, _, _, _, _) => { }, cancellation);
                }

                return computed;
            }

            var kept = KeptSimilarities.Compute(computed, options.Threads, cancellation);
            computed.Dispose();
            return kept;
        }
        catch
        {
            computed.Dispose();
            throw;
        }
    }

    /// <summary>Similarities that are known.</summary>
    /// <param name="values">n × n numbers, row after row, finite, at least 0 and symmetric. They aren't copied.</param>
    /// <param name="count">n.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <exception cref="ArgumentException">Not n × n of them, or one that isn't as it must be, with its place.</exception>
    public static SimilarityMatrix Of(ReadOnlyMemory<float> values, int count, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (values.Length != (long)count * count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{values.Length} similarities of {count} rows: there must be {(long)count * count}"), nameof(values));
        }

        var s = values.Span;
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                var value = s[(i * count) + j];
                if (!(value >= 0 && float.IsFinite(value)))
                {
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the similarity of {i} and {j} is {value}: it must be finite and at least 0"), nameof(values));
                }

                if (j < i && value != s[(j * count) + i])
                {
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                        $"the similarity of {i} and {j} is {value}, that of {j} and {i} is {s[(j * count) + i]}: they must be the same"), nameof(values));
                }
            }
        }

        return new KeptSimilarities(values, count, threads);
    }

    /// <summary>For each item the sum of its stretches' sums, in the order of the rows. Stretches are asked for from any thread.</summary>
    internal abstract void Sum(ReadOnlySpan<int> items, StretchSum sum, Span<double> totals, CancellationToken cancellation);

    /// <summary>An item's similarities with all rows.</summary>
    internal abstract void Column(int item, Span<float> similarities);

    /// <summary>Every item's similarity with itself.</summary>
    internal abstract void Diagonal(Span<double> own);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives memory back.</summary>
    /// <param name="disposing">Whether it was asked for.</param>
    protected abstract void Dispose(bool disposing);
}
