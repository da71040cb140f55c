using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Geometry;

/// <summary>
/// Rows in the order in which a product reads them: panels of a few rows, and in a panel all rows' first numbers, then their second, and so on. Rows
/// that fill up the last panel are zeros.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Writes rows that follow one another into panels.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="lanes">Rows a panel.</param>
    /// <param name="staging">Room for a panel.</param>
    /// <param name="panels">Gets whole panels.</param>
    public static void Write(RowView view, int start, int count, int lanes, float* staging, float* panels)
    {
        var width = view.Width;
        for (var done = 0; done < count; done += lanes)
        {
            var now = Math.Min(lanes, count - done);
            fixed (float* rows = view.Matrix.Rows(start + done, now))
            {
                for (var i = 0; i < now; i++)
                {
                    Prepare(rows + ((nint)i * width), view.Origin, (float)view.Scale(start + done + i), staging + ((nint)i * width));
                }
            }

            Interleave(staging, now, width, lanes, panels + ((nint)done * width));
        }
    }

    /// <summary>Writes any rows into panels.</summary>
    public static void Write(RowView view, ReadOnlySpan<int> ids, int lanes, float* staging, float* panels)
    {
        var width = view.Width;
        for (var done = 0; done < ids.Length; done += lanes)
        {
            var now = Math.Min(lanes, ids.Length - done);
            for (var i = 0; i < now; i++)
            {
                var id = ids[done + i];
                fixed (float* row = view.Matrix.Rows(id, 1))
                {
                    Prepare(row, view.Origin, (float)view.Scale(id), staging + ((nint)i * width));
                }
            }

            Interleave(staging, now, width, lanes, panels + ((nint)done * width));
        }
    }

    /// <summary>
    /// The squared lengths of a panel's rows, by the same chain of fused steps as a product: a row's length squared and its product with an equal row
    /// are the same bits, and their distance comes out as 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquaredLengths(float* panel, int width, int lanes, float* squares)
    {
        var i = 0;
        for (; i + 4 <= lanes; i += 4)
        {
            Vector128<float> sum = default;
            for (var k = 0; k < width; k++)
            {
                var x = Vector128.Load(panel + ((nint)k * lanes) + i);
                sum = Vector128.FusedMultiplyAdd(x, x, sum);
            }

            sum.Store(squares + i);
        }

        for (; i < lanes; i++)
        {
            var sum = 0f;
            for (var k = 0; k < width; k++)
            {
                var x = panel[((nint)k * lanes) + i];
                sum = MathF.FusedMultiplyAdd(x, x, sum);
            }

            squares[i] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Prepare(float* row, float[] origin, float scale, float* destination)
    {
        var width = origin.Length;
        var factor = Vector256.Create(scale);
        fixed (float* zero = origin)
        {
            var k = 0;
            for (; k + 8 <= width; k += 8)
            {
                ((Vector256.Load(row + k) - Vector256.Load(zero + k)) * factor).Store(destination + k);
            }

            for (; k < width; k++)
            {
                destination[k] = (row[k] - zero[k]) * scale;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(float* rows, int count, int width, int lanes, float* panel)
    {
        if (count < lanes)
        {
            new Span<float>(rows + ((nint)count * width), (lanes - count) * width).Clear();
        }

        var i = 0;
        for (; Sse.IsSupported && i + 4 <= lanes; i += 4)
        {
            float* a = rows + ((nint)i * width), b = a + width, c = b + width, d = c + width, to = panel + i;
            var k = 0;
            for (; k + 4 <= width; k += 4, to += 4 * lanes)
            {
                Vector128<float> p = Sse.LoadVector128(a + k), q = Sse.LoadVector128(b + k), r = Sse.LoadVector128(c + k), s = Sse.LoadVector128(d + k);
                Vector128<float> x = Sse.UnpackLow(p, q), y = Sse.UnpackLow(r, s), z = Sse.UnpackHigh(p, q), w = Sse.UnpackHigh(r, s);
                Sse.MoveLowToHigh(x, y).Store(to);
                Sse.MoveHighToLow(y, x).Store(to + lanes);
                Sse.MoveLowToHigh(z, w).Store(to + (2 * lanes));
                Sse.MoveHighToLow(w, z).Store(to + (3 * lanes));
            }

            for (; k < width; k++, to += lanes)
            {
                (to[0], to[1], to[2], to[3]) = (a[k], b[k], c[k], d[k]);
            }
        }

        for (; i < lanes; i++)
        {
            for (var k = 0; k < width; k++)
            {
                panel[((nint)k * lanes) + i] = rows[((nint)i * width) + k];
            }
        }
    }
}
