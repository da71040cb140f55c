using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Winnow.Geometry;

/// <summary>
/// What is looked for in a row of a tile, by "half the column's squared length minus the product": half the squared distance, less a number that is the
/// same for the whole row. Smallest values and comparisons are exact, so that vectors change nothing.
/// </summary>
internal static unsafe class TileScan
{
    /// <summary>The smallest value of a row and its first place; the place is -1 where nothing is below the limit.</summary>
    /// <param name="products">The row's products; up to the next multiple of 8 behind the columns they are read, and must be numbers.</param>
    /// <param name="halves">Half the columns' squared lengths; infinite behind the last.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="limit">What has to be beaten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Value, int Place) Smallest(float* products, float* halves, int columns, float limit)
    {
        var smallest = Vector256.Create(limit);
        for (var j = 0; j < columns; j += 8)
        {
            var value = Vector256.Load(halves + j) - Vector256.Load(products + j);
            smallest = Vector256.ConditionalSelect(Vector256.LessThan(value, smallest), value, smallest);
        }

        if (!Vector256.LessThanAny(smallest, Vector256.Create(limit)))
        {
            return (limit, -1);
        }

        var least = smallest[0];
        for (var lane = 1; lane < 8; lane++)
        {
            least = smallest[lane] < least ? smallest[lane] : least;
        }

        for (var j = 0; ; j++)
        {
            if (halves[j] - products[j] == least)
            {
                return (least, j);
            }
        }
    }

    /// <summary>The first place from one on whose value is below a limit; the number of columns where there is none.</summary>
    /// <param name="products">As above.</param>
    /// <param name="halves">As above.</param>
    /// <param name="from">The place to begin at.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="limit">What has to be beaten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Below(float* products, float* halves, int from, int columns, float limit)
    {
        var limits = Vector256.Create(limit);
        var j = from;
        for (; j + 8 <= columns; j += 8)
        {
            var below = Vector256.LessThan(Vector256.Load(halves + j) - Vector256.Load(products + j), limits).ExtractMostSignificantBits();
            if (below != 0)
            {
                return j + int.TrailingZeroCount((int)below);
            }
        }

        for (; j < columns; j++)
        {
            if (halves[j] - products[j] < limit)
            {
                return j;
            }
        }

        return columns;
    }

    /// <summary>The largest product of a row and its first place; the place is -1 where nothing is above the limit. What is behind the columns isn't looked at.</summary>
    /// <param name="products">The row's products.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="limit">What has to be beaten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Value, int Place) Largest(float* products, int columns, float limit)
    {
        var largest = Vector256.Create(limit);
        var j = 0;
        for (; j + 8 <= columns; j += 8)
        {
            var value = Vector256.Load(products + j);
            largest = Vector256.ConditionalSelect(Vector256.GreaterThan(value, largest), value, largest);
        }

        var most = limit;
        for (var lane = 0; lane < 8; lane++)
        {
            most = largest[lane] > most ? largest[lane] : most;
        }

        for (; j < columns; j++)
        {
            most = products[j] > most ? products[j] : most;
        }

        return most > limit ? (most, new ReadOnlySpan<float>(products, columns).IndexOf(most)) : (limit, -1);
    }

    /// <summary>The first place from one on whose product is above a limit; the number of columns where there is none.</summary>
    /// <param name="products">The row's products.</param>
    /// <param name="from">The place to begin at.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="limit">What has to be beaten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Above(float* products, int from, int columns, float limit)
    {
        var limits = Vector256.Create(limit);
        var j = from;
        for (; j + 8 <= columns; j += 8)
        {
            var above = Vector256.GreaterThan(Vector256.Load(products + j), limits).ExtractMostSignificantBits();
            if (above != 0)
            {
                return j + int.TrailingZeroCount((int)above);
            }
        }

        for (; j < columns; j++)
        {
            if (products[j] > limit)
            {
                return j;
            }
        }

        return columns;
    }

    /// <summary>Half of the squared lengths of what is packed, in whole tiles; 0 for the cosine, whose rows all have length 1; infinite behind the last row.</summary>
    public static void Halves(PackedRows packed, Metric metric, Span<float> halves)
    {
        for (var j = 0; j < packed.Count; j++)
        {
            halves[j] = metric == Metric.Cosine ? 0 : packed.Squares[j] / 2;
        }

        halves[packed.Count..].Fill(float.PositiveInfinity);
    }
}
