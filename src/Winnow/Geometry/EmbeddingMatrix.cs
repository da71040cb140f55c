using System.Globalization;

namespace Winnow.Geometry;

/// <summary>
/// n embeddings of d float32 numbers each, a row a sample, wherever they lie: in memory or in a file that is mapped. Every algorithm here reads
/// rows by blocks, so a matrix may be larger than memory.
/// </summary>
public abstract class EmbeddingMatrix
{
    /// <summary>A matrix of that size.</summary>
    /// <param name="count">Rows, at least 0.</param>
    /// <param name="width">Numbers a row, at least 1.</param>
    protected EmbeddingMatrix(int count, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Count, Width) = (count, width);
    }

    /// <summary>The number of rows, n.</summary>
    public int Count { get; }

    /// <summary>The numbers a row, d.</summary>
    public int Width { get; }

    /// <summary>A matrix over numbers in memory, which aren't copied and mustn't change while they are used.</summary>
    /// <param name="values">n × d numbers, row after row.</param>
    /// <param name="width">d, at least 1.</param>
    /// <exception cref="ArgumentException">The numbers aren't whole rows.</exception>
    public static EmbeddingMatrix Of(ReadOnlyMemory<float> values, int width) => new MemoryMatrix(values, width);

    /// <summary>
    /// Rows as they lie, without a copy where they are float32. Valid until the same thread asks this matrix for rows again: those that are stored
    /// otherwise are widened into a buffer of the thread.
    /// </summary>
    /// <param name="start">The first row, 0-based.</param>
    /// <param name="count">How many; count × width must be below 2^31.</param>
    /// <returns>count × width numbers, row after row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There aren't those rows, or a span can't hold so many numbers.</exception>
    public ReadOnlySpan<float> Rows(int start, int count)
    {
        if ((uint)start > (uint)Count || (uint)count > (uint)(Count - start))
        {
            throw new ArgumentOutOfRangeException(nameof(start), string.Create(CultureInfo.InvariantCulture, $"rows {start} to {(long)start + count - 1} of a matrix of {Count}"));
        }

        if ((long)count * Width > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(count), string.Create(CultureInfo.InvariantCulture,
                $"{count} rows of {Width} numbers are more than a span can hold; ask for at most {int.MaxValue / Width} at once"));
        }

        return Read(start, count);
    }

    /// <summary>Throws unless every number is finite.</summary>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <exception cref="EmbeddingException">NaN or an infinity, with its row and column.</exception>
    public void RequireFinite(int threads = 0) => RowSurvey.Lengths(this, threads, static (_, _) => { }, CancellationToken.None);

    /// <summary>Rows that exist and fit into a span; what <see cref="Rows"/> says of validity holds.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    protected abstract ReadOnlySpan<float> Read(int start, int count);

    private sealed class MemoryMatrix : EmbeddingMatrix
    {
        private readonly ReadOnlyMemory<float> _values;

        public MemoryMatrix(ReadOnlyMemory<float> values, int width)
            : base(width > 0 ? values.Length / width : 0, width)
        {
            if (values.Length % width != 0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{values.Length} numbers aren't whole rows of {width}"), nameof(values));
            }

            _values = values;
        }

        protected override ReadOnlySpan<float> Read(int start, int count) => _values.Span.Slice(start * Width, count * Width);
    }
}
