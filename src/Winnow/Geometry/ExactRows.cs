using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Winnow.Geometry;

/// <summary>
/// Distances in float64, as sums of squared differences: nothing cancels, as it does in |x|² + |y|² - 2xy, and equal rows are at distance 0 exactly.
/// Sixteen sums, in which number i goes to sum i mod 16, and one fixed way to add them up: the same bits by any instructions.
/// </summary>
internal static unsafe class ExactRows
{
    private const int Lanes = 16, Piece = 512;

    /// <summary>The squared length of a row; not finite if a number of it isn't.</summary>
    public static double SquaredLength(VectorPath path, float* x, int width) => Squared(path, x, 1, (double*)null, width);

    /// <summary>The squared distance of a row, times a factor, from a point.</summary>
    /// <param name="path">The instructions.</param>
    /// <param name="x">The row.</param>
    /// <param name="scale">What it is multiplied by.</param>
    /// <param name="point">The point; null for the origin.</param>
    /// <param name="width">How many numbers.</param>
    [SkipLocalsInit]
    public static double Squared(VectorPath path, float* x, double scale, double* point, int width)
    {
        var sums = stackalloc double[Lanes];
        new Span<double>(sums, Lanes).Clear();
        Squared(path, x, scale, point, width, sums);
        return Add(sums);
    }

    // Adds squares to the sums; the number of those before must be a multiple of the sums' number.
    private static void Squared(VectorPath path, float* x, double scale, double* point, int width, double* sums)
    {
        var whole = width & ~(Lanes - 1);
        switch (path)
        {
            case VectorPath.Wide: Wide(x, scale, point, whole, sums); break;
            case VectorPath.Narrow: Narrow(x, scale, point, whole, sums); break;
            default: Plain(x, scale, point, whole, sums); break;
        }

        for (var i = whole; i < width; i++)
        {
            var difference = (x[i] * scale) - (point == null ? 0 : point[i]);
            sums[i - whole] = Math.FusedMultiplyAdd(difference, difference, sums[i - whole]);
        }
    }

    /// <summary>The squared distance of a row, times a factor, from another row.</summary>
    /// <param name="path">The instructions.</param>
    /// <param name="x">The row.</param>
    /// <param name="scale">What it is multiplied by.</param>
    /// <param name="y">The other.</param>
    /// <param name="width">How many numbers.</param>
    [SkipLocalsInit]
    public static double Squared(VectorPath path, float* x, double scale, float* y, int width)
    {
        var point = stackalloc double[Piece];
        var sums = stackalloc double[Lanes];
        new Span<double>(sums, Lanes).Clear();
        for (var done = 0; done < width; done += Piece)
        {
            var now = Math.Min(Piece, width - done);
            Widen(y + done, now, point);
            Squared(path, x + done, scale, point, now, sums);
        }

        return Add(sums);
    }

    /// <summary>Writes a row, times a factor, as float64: a point to measure from.</summary>
    public static void Widen(ReadOnlySpan<float> row, double scale, double* point)
    {
        for (var i = 0; i < row.Length; i++)
        {
            point[i] = row[i] * scale;
        }
    }

    /// <summary>Sixteen sums in one, halves onto halves.</summary>
    public static double Add(double* sums)
    {
        for (var half = Lanes / 2; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
            {
                sums[i] += sums[i + half];
            }
        }

        return sums[0];
    }

    private static void Plain(float* x, double scale, double* point, int whole, double* sums)
    {
        for (var i = 0; i < whole; i++)
        {
            var difference = (x[i] * scale) - (point == null ? 0 : point[i]);
            sums[i & (Lanes - 1)] = Math.FusedMultiplyAdd(difference, difference, sums[i & (Lanes - 1)]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(float* row, int width, double* point)
    {
        var i = 0;
        for (; i + 8 <= width; i += 8)
        {
            var x = Vector256.Load(row + i);
            Vector256.WidenLower(x).Store(point + i);
            Vector256.WidenUpper(x).Store(point + i + 4);
        }

        for (; i < width; i++)
        {
            point[i] = row[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(float* x, double scale, double* point, int whole, double* sums)
    {
        Vector256<double> a = Vector256.Load(sums), b = Vector256.Load(sums + 4), c = Vector256.Load(sums + 8), d = Vector256.Load(sums + 12), factor = Vector256.Create(scale);
        for (var i = 0; i < whole; i += Lanes)
        {
            Vector256<float> first = Vector256.Load(x + i), second = Vector256.Load(x + i + 8);
            Vector256<double> p = Vector256.WidenLower(first) * factor, q = Vector256.WidenUpper(first) * factor;
            Vector256<double> r = Vector256.WidenLower(second) * factor, s = Vector256.WidenUpper(second) * factor;
            if (point != null)
            {
                p -= Vector256.Load(point + i);
                q -= Vector256.Load(point + i + 4);
                r -= Vector256.Load(point + i + 8);
                s -= Vector256.Load(point + i + 12);
            }

            a = Vector256.FusedMultiplyAdd(p, p, a);
            b = Vector256.FusedMultiplyAdd(q, q, b);
            c = Vector256.FusedMultiplyAdd(r, r, c);
            d = Vector256.FusedMultiplyAdd(s, s, d);
        }

        a.Store(sums);
        b.Store(sums + 4);
        c.Store(sums + 8);
        d.Store(sums + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide(float* x, double scale, double* point, int whole, double* sums)
    {
        Vector512<double> a = Vector512.Load(sums), b = Vector512.Load(sums + 8), factor = Vector512.Create(scale);
        for (var i = 0; i < whole; i += Lanes)
        {
            var row = Vector512.Load(x + i);
            Vector512<double> p = Vector512.WidenLower(row) * factor, q = Vector512.WidenUpper(row) * factor;
            if (point != null)
            {
                p -= Vector512.Load(point + i);
                q -= Vector512.Load(point + i + 8);
            }

            a = Vector512.FusedMultiplyAdd(p, p, a);
            b = Vector512.FusedMultiplyAdd(q, q, b);
        }

        a.Store(sums);
        b.Store(sums + 8);
    }
}
