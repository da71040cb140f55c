using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Winnow.Selection;

/// <summary>Scalar products in float64: number i goes to sum i mod 8, and the sums are added in one fixed way, whatever the processor.</summary>
internal static class WideDots
{
    private const int Lanes = 8;

    /// <summary>Of two rows of float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector256<double> low = default, high = default;
        var i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
        {
            Vector256<float> a = Vector256.Create(x.Slice(i, Lanes)), b = Vector256.Create(y.Slice(i, Lanes));
            low += Vector256.WidenLower(a) * Vector256.WidenLower(b);
            high += Vector256.WidenUpper(a) * Vector256.WidenUpper(b);
        }

        var sum = Add(low + high);
        for (; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Of a row of float64 and one of float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<double> x, ReadOnlySpan<float> y)
    {
        Vector256<double> low = default, high = default;
        var i = 0;
        for (; i + Lanes <= y.Length; i += Lanes)
        {
            var b = Vector256.Create(y.Slice(i, Lanes));
            low += Vector256.Create(x.Slice(i, 4)) * Vector256.WidenLower(b);
            high += Vector256.Create(x.Slice(i + 4, 4)) * Vector256.WidenUpper(b);
        }

        var sum = Add(low + high);
        for (; i < y.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Of two rows of float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Vector256<double> low = default, high = default;
        var i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
        {
            low += Vector256.Create(x.Slice(i, 4)) * Vector256.Create(y.Slice(i, 4));
            high += Vector256.Create(x.Slice(i + 4, 4)) * Vector256.Create(y.Slice(i + 4, 4));
        }

        var sum = Add(low + high);
        for (; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Adds a multiple of a row to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddMultiple(Span<double> to, double factor, ReadOnlySpan<float> row)
    {
        var many = Vector256.Create(factor);
        var i = 0;
        for (; i + Lanes <= row.Length; i += Lanes)
        {
            var a = Vector256.Create(row.Slice(i, Lanes));
            Span<double> low = to.Slice(i, 4), high = to.Slice(i + 4, 4);
            (Vector256.Create(low) + (many * Vector256.WidenLower(a))).CopyTo(low);
            (Vector256.Create(high) + (many * Vector256.WidenUpper(a))).CopyTo(high);
        }

        for (; i < row.Length; i++)
        {
            to[i] += factor * row[i];
        }
    }

    private static double Add(Vector256<double> sums) => sums[0] + sums[2] + (sums[1] + sums[3]);
}
