using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Winnow.Geometry;

/// <summary>
/// The innermost part of a product of matrices (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): a few rows times a
/// few columns, whose sums stay in registers while one panel of each side is walked through. Each product is its own chain of fused steps over the
/// depth in ascending order, so that its bits depend on neither the size of the registers nor on where in a block it lies.
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>Rows of a panel of the left side. Twelve by two vectors take 24 of the 32 registers of 512 bits, six by two 12 of the 16 of 256 bits.</summary>
    public static int Rows(VectorPath path) => path == VectorPath.Wide ? 12 : 6;

    /// <summary>Columns of a panel of the right side: two vectors.</summary>
    public static int Columns(VectorPath path) => path == VectorPath.Wide ? 32 : 16;

    /// <summary>c (+)= a·b for one panel of each side.</summary>
    /// <param name="path">The instructions, which decide the panels' size.</param>
    /// <param name="a">depth × rows, a step of the depth after the other.</param>
    /// <param name="b">depth × columns, likewise.</param>
    /// <param name="depth">How many steps.</param>
    /// <param name="c">The products, a row after the other.</param>
    /// <param name="stride">From one row of products to the next.</param>
    /// <param name="first">Whether the sums begin at 0; otherwise they go on from what is in c.</param>
    public static void Run(VectorPath path, float* a, float* b, int depth, float* c, nint stride, bool first)
    {
        switch (path)
        {
            case VectorPath.Wide: Wide(a, b, depth, c, stride, first); break;
            case VectorPath.Narrow: Narrow(a, b, depth, c, stride, first); break;
            default: Plain(a, b, depth, c, stride, first); break;
        }
    }

    private static void Plain(float* a, float* b, int depth, float* c, nint stride, bool first)
    {
        const int Rows = 6, Columns = 16;
        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                var sum = first ? 0f : c[(i * stride) + j];
                for (var k = 0; k < depth; k++)
                {
                    sum = MathF.FusedMultiplyAdd(a[(k * Rows) + i], b[(k * Columns) + j], sum);
                }

                c[(i * stride) + j] = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(float* a, float* b, int depth, float* c, nint stride, bool first)
    {
        Vector256<float> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default;
        Vector256<float> h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default;
        if (!first)
        {
            (l0, h0) = (Vector256.Load(c), Vector256.Load(c + 8));
            (l1, h1) = (Vector256.Load(c + stride), Vector256.Load(c + stride + 8));
            (l2, h2) = (Vector256.Load(c + (2 * stride)), Vector256.Load(c + (2 * stride) + 8));
            (l3, h3) = (Vector256.Load(c + (3 * stride)), Vector256.Load(c + (3 * stride) + 8));
            (l4, h4) = (Vector256.Load(c + (4 * stride)), Vector256.Load(c + (4 * stride) + 8));
            (l5, h5) = (Vector256.Load(c + (5 * stride)), Vector256.Load(c + (5 * stride) + 8));
        }

        for (var k = 0; k < depth; k++, a += 6, b += 16)
        {
            Vector256<float> low = Vector256.Load(b), high = Vector256.Load(b + 8);
            var x = Vector256.Create(*a);
            l0 = Vector256.FusedMultiplyAdd(x, low, l0);
            h0 = Vector256.FusedMultiplyAdd(x, high, h0);
            x = Vector256.Create(a[1]);
            l1 = Vector256.FusedMultiplyAdd(x, low, l1);
            h1 = Vector256.FusedMultiplyAdd(x, high, h1);
            x = Vector256.Create(a[2]);
            l2 = Vector256.FusedMultiplyAdd(x, low, l2);
            h2 = Vector256.FusedMultiplyAdd(x, high, h2);
            x = Vector256.Create(a[3]);
            l3 = Vector256.FusedMultiplyAdd(x, low, l3);
            h3 = Vector256.FusedMultiplyAdd(x, high, h3);
            x = Vector256.Create(a[4]);
            l4 = Vector256.FusedMultiplyAdd(x, low, l4);
            h4 = Vector256.FusedMultiplyAdd(x, high, h4);
            x = Vector256.Create(a[5]);
            l5 = Vector256.FusedMultiplyAdd(x, low, l5);
            h5 = Vector256.FusedMultiplyAdd(x, high, h5);
        }

        l0.Store(c);
        h0.Store(c + 8);
        l1.Store(c + stride);
        h1.Store(c + stride + 8);
        l2.Store(c + (2 * stride));
        h2.Store(c + (2 * stride) + 8);
        l3.Store(c + (3 * stride));
        h3.Store(c + (3 * stride) + 8);
        l4.Store(c + (4 * stride));
        h4.Store(c + (4 * stride) + 8);
        l5.Store(c + (5 * stride));
        h5.Store(c + (5 * stride) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide(float* a, float* b, int depth, float* c, nint stride, bool first)
    {
        Vector512<float> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default, l6 = default, l7 = default, l8 = default, l9 = default, l10 = default, l11 = default;
        Vector512<float> h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default, h6 = default, h7 = default, h8 = default, h9 = default, h10 = default, h11 = default;
        if (!first)
        {
            (l0, h0) = (Vector512.Load(c), Vector512.Load(c + 16));
            (l1, h1) = (Vector512.Load(c + stride), Vector512.Load(c + stride + 16));
            (l2, h2) = (Vector512.Load(c + (2 * stride)), Vector512.Load(c + (2 * stride) + 16));
            (l3, h3) = (Vector512.Load(c + (3 * stride)), Vector512.Load(c + (3 * stride) + 16));
            (l4, h4) = (Vector512.Load(c + (4 * stride)), Vector512.Load(c + (4 * stride) + 16));
            (l5, h5) = (Vector512.Load(c + (5 * stride)), Vector512.Load(c + (5 * stride) + 16));
            (l6, h6) = (Vector512.Load(c + (6 * stride)), Vector512.Load(c + (6 * stride) + 16));
            (l7, h7) = (Vector512.Load(c + (7 * stride)), Vector512.Load(c + (7 * stride) + 16));
            (l8, h8) = (Vector512.Load(c + (8 * stride)), Vector512.Load(c + (8 * stride) + 16));
            (l9, h9) = (Vector512.Load(c + (9 * stride)), Vector512.Load(c + (9 * stride) + 16));
            (l10, h10) = (Vector512.Load(c + (10 * stride)), Vector512.Load(c + (10 * stride) + 16));
            (l11, h11) = (Vector512.Load(c + (11 * stride)), Vector512.Load(c + (11 * stride) + 16));
        }

        for (var k = 0; k < depth; k++, a += 12, b += 32)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + 16);
            var x = Vector512.Create(*a);
            l0 = Vector512.FusedMultiplyAdd(x, low, l0);
            h0 = Vector512.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a[1]);
            l1 = Vector512.FusedMultiplyAdd(x, low, l1);
            h1 = Vector512.FusedMultiplyAdd(x, high, h1);
            x = Vector512.Create(a[2]);
            l2 = Vector512.FusedMultiplyAdd(x, low, l2);
            h2 = Vector512.FusedMultiplyAdd(x, high, h2);
            x = Vector512.Create(a[3]);
            l3 = Vector512.FusedMultiplyAdd(x, low, l3);
            h3 = Vector512.FusedMultiplyAdd(x, high, h3);
            x = Vector512.Create(a[4]);
            l4 = Vector512.FusedMultiplyAdd(x, low, l4);
            h4 = Vector512.FusedMultiplyAdd(x, high, h4);
            x = Vector512.Create(a[5]);
            l5 = Vector512.FusedMultiplyAdd(x, low, l5);
            h5 = Vector512.FusedMultiplyAdd(x, high, h5);
            x = Vector512.Create(a[6]);
            l6 = Vector512.FusedMultiplyAdd(x, low, l6);
            h6 = Vector512.FusedMultiplyAdd(x, high, h6);
            x = Vector512.Create(a[7]);
            l7 = Vector512.FusedMultiplyAdd(x, low, l7);
            h7 = Vector512.FusedMultiplyAdd(x, high, h7);
            x = Vector512.Create(a[8]);
            l8 = Vector512.FusedMultiplyAdd(x, low, l8);
            h8 = Vector512.FusedMultiplyAdd(x, high, h8);
            x = Vector512.Create(a[9]);
            l9 = Vector512.FusedMultiplyAdd(x, low, l9);
            h9 = Vector512.FusedMultiplyAdd(x, high, h9);
            x = Vector512.Create(a[10]);
            l10 = Vector512.FusedMultiplyAdd(x, low, l10);
            h10 = Vector512.FusedMultiplyAdd(x, high, h10);
            x = Vector512.Create(a[11]);
            l11 = Vector512.FusedMultiplyAdd(x, low, l11);
            h11 = Vector512.FusedMultiplyAdd(x, high, h11);
        }

        l0.Store(c);
        h0.Store(c + 16);
        l1.Store(c + stride);
        h1.Store(c + stride + 16);
        l2.Store(c + (2 * stride));
        h2.Store(c + (2 * stride) + 16);
        l3.Store(c + (3 * stride));
        h3.Store(c + (3 * stride) + 16);
        l4.Store(c + (4 * stride));
        h4.Store(c + (4 * stride) + 16);
        l5.Store(c + (5 * stride));
        h5.Store(c + (5 * stride) + 16);
        l6.Store(c + (6 * stride));
        h6.Store(c + (6 * stride) + 16);
        l7.Store(c + (7 * stride));
        h7.Store(c + (7 * stride) + 16);
        l8.Store(c + (8 * stride));
        h8.Store(c + (8 * stride) + 16);
        l9.Store(c + (9 * stride));
        h9.Store(c + (9 * stride) + 16);
        l10.Store(c + (10 * stride));
        h10.Store(c + (10 * stride) + 16);
        l11.Store(c + (11 * stride));
        h11.Store(c + (11 * stride) + 16);
    }
}
