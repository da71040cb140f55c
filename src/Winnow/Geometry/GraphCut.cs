using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Winnow.Geometry;

/// <summary>
/// Graph cut: lambda times the sum of similarities of all rows with the selected ones, less the sum of similarities among the selected (each pair both ways, and each one with itself).
/// Submodular; monotone for a lambda of at least 2 only, so that gains may be negative (Wei, Iyer and Bilmes, ICML 2015).
/// </summary>
public sealed unsafe class GraphCut : ISetFunction
{
    private readonly SimilarityMatrix _similarities;
    private readonly double _lambda;
    private readonly bool _diagonal;
    private readonly double[] _gains;
    private readonly float[] _column;
    private bool _begun;

    /// <summary>Nothing is selected.</summary>
    /// <param name="similarities">The similarities, which must live as long as this does.</param>
    /// <param name="lambda">How much covering all rows counts against being alike, at least 0. Default 1.</param>
    /// <param name="diagonal">Whether a row's similarity with itself is taken off its gain, as in apricot. DeepCore leaves it out.</param>
    /// <exception cref="ArgumentException">lambda isn't in its range.</exception>
    public GraphCut(SimilarityMatrix similarities, double lambda = 1, bool diagonal = true)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        if (!(lambda >= 0 && double.IsFinite(lambda)))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"lambda={lambda}: it must be finite and at least 0"), nameof(lambda));
        }

        (_similarities, _lambda, _diagonal) = (similarities, lambda, diagonal);
        _gains = new double[similarities.Count];
        _column = new float[similarities.Count];
    }

    /// <inheritdoc/>
    public int Count => _similarities.Count;

    /// <inheritdoc/>
    public int Batch => _similarities.Batch;

    /// <inheritdoc/>
    public void Gains(ReadOnlySpan<int> items, Span<double> gains, CancellationToken cancellation = default)
    {
        Begin(cancellation);
        for (var i = 0; i < items.Length; i++)
        {
            gains[i] = _gains[items[i]];
        }
    }

    /// <inheritdoc/>
    public void Add(int item)
    {
        Begin(CancellationToken.None);
        _similarities.Column(item, _column);
        for (var i = 0; i < _gains.Length; i++)
        {
            _gains[i] -= 2.0 * _column[i];
        }
    }

    // All gains are kept, since a selection changes each by one number.
    private void Begin(CancellationToken cancellation)
    {
        if (_begun)
        {
            return;
        }

        int[] all = [.. Enumerable.Range(0, Count)];
        _similarities.Sum(all, static (_, count, similarities) => Total(similarities, count), _gains, cancellation);
        TensorPrimitives.Multiply(_gains, _lambda, _gains);
        if (_diagonal)
        {
            var own = new double[Count];
            _similarities.Diagonal(own);
            TensorPrimitives.Subtract(_gains, own, _gains);
        }

        _begun = true;
    }

    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Total(float* similarities, int count)
    {
        const int Lanes = 16;
        var sums = stackalloc double[Lanes];
        new Span<double>(sums, Lanes).Clear();
        for (var i = 0; i < count; i++)
        {
            sums[i & (Lanes - 1)] += similarities[i];
        }

        return ExactRows.Add(sums);
    }
}
