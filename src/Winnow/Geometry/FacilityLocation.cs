using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Winnow.Geometry;

/// <summary>
/// Facility location: the sum over all rows of the similarity to the most similar selected one, 0 while there is none (Cornuéjols, Fisher and Nemhauser, Management
/// Science 23, 1977; for data Wei, Iyer and Bilmes, ICML 2015). Monotone and submodular: a greedy selection is worth at least 1 - 1/e of the best.
/// </summary>
/// <remarks>Gains are sums in float64 in a fixed order of numbers that never grow, so that computed gains never grow either, and lazy selection is naive selection to the id.</remarks>
public sealed unsafe class FacilityLocation : ISetFunction
{
    private const int Lanes = 16;

    private readonly SimilarityMatrix _similarities;
    private readonly float[] _covered, _column;

    /// <summary>Nothing is selected.</summary>
    /// <param name="similarities">The similarities, which must live as long as this does.</param>
    public FacilityLocation(SimilarityMatrix similarities)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        _similarities = similarities;
        _covered = new float[similarities.Count];
        _column = new float[similarities.Count];
    }

    /// <inheritdoc/>
    public int Count => _similarities.Count;

    /// <inheritdoc/>
    public int Batch => _similarities.Batch;

    /// <summary>The function's value, summed in float64 in the rows' order.</summary>
    public double Value
    {
        get
        {
            var sum = 0.0;
            foreach (var covered in _covered)
            {
                sum += covered;
            }

            return sum;
        }
    }

    /// <summary>Each row's similarity to the most similar selected one.</summary>
    public ReadOnlySpan<float> Covered => _covered;

    /// <inheritdoc/>
    public void Gains(ReadOnlySpan<int> items, Span<double> gains, CancellationToken cancellation = default)
    {
        fixed (float* pinned = _covered)
        {
            var covered = pinned;
            _similarities.Sum(items, (first, count, similarities) => Gain(similarities, covered + first, count), gains, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Add(int item)
    {
        _similarities.Column(item, _column);
        for (var i = 0; i < _column.Length; i++)
        {
            _covered[i] = MathF.Max(_covered[i], _column[i]);
        }
    }

    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Gain(float* similarities, float* covered, int count)
    {
        Vector256<double> a = default, b = default, c = default, d = default, zero = default;
        var i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            Vector256<float> s = Vector256.Load(similarities + i), t = Vector256.Load(similarities + i + 8);
            Vector256<float> m = Vector256.Load(covered + i), n = Vector256.Load(covered + i + 8);
            a += Vector256.Max(Vector256.WidenLower(s) - Vector256.WidenLower(m), zero);
            b += Vector256.Max(Vector256.WidenUpper(s) - Vector256.WidenUpper(m), zero);
            c += Vector256.Max(Vector256.WidenLower(t) - Vector256.WidenLower(n), zero);
            d += Vector256.Max(Vector256.WidenUpper(t) - Vector256.WidenUpper(n), zero);
        }

        var sums = stackalloc double[Lanes];
        a.Store(sums);
        b.Store(sums + 4);
        c.Store(sums + 8);
        d.Store(sums + 12);
        for (var lane = 0; i < count; i++, lane++)
        {
            sums[lane] += Math.Max((double)similarities[i] - covered[i], 0);
        }

        return ExactRows.Add(sums);
    }
}
