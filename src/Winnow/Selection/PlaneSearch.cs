using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>A thread's share of the draws of <see cref="ZeroShotSelector"/>: what they add to the samples' scores.</summary>
internal sealed class PlaneSearch(PlaneColumns columns, int neighbours)
{
    /// <summary>What 1 is in the totals.</summary>
    public const long One = 1L << 32;

    // Samples by which it is guessed how far the farthest neighbour is, and by how much more than it takes is collected.
    private const int Guesses = 512;
    private const double Generous = 1.4;

    private readonly float[] _distances = GC.AllocateUninitializedArray<float>(columns.Count);
    private readonly ulong[] _near = GC.AllocateUninitializedArray<ulong>(columns.Count), _ordered = GC.AllocateUninitializedArray<ulong>(columns.Count), _guesses = new ulong[Math.Min(columns.Count, Guesses)];
    private readonly double[] _shares = new double[neighbours];

    /// <summary>What was added to each sample, in units of <see cref="One"/>.</summary>
    public long[] Totals { get; } = new long[columns.Count];

    /// <summary>Makes one draw.</summary>
    public void Draw(RngSequence random)
    {
        var first = (int)random.Next((uint)columns.Width);
        var second = columns.Width == 1 ? first : (int)random.Next((uint)columns.Width - 1);
        second += columns.Width > 1 && second >= first ? 1 : 0;
        float x = columns.Triangular(first, random.NextDouble()), y = columns.Triangular(second, random.NextDouble());
        float[] across = columns.Columns[first], up = columns.Columns[second];
        var chosen = First(Measure(across, up, x, y));
        Totals[chosen] += One;
        if (neighbours == 0)
        {
            return;
        }

        Measure(across, up, across[chosen], up[chosen]);
        _distances[chosen] = float.PositiveInfinity;
        var equal = First(0);
        if (equal >= 0)
        {
            Totals[equal] -= One;
            return;
        }

        Share(Near());
    }

    // Distances of all samples from a point, and the smallest.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Measure(float[] across, float[] up, float x, float y)
    {
        Vector256<float> left = Vector256.Create(x), right = Vector256.Create(y), least = Vector256.Create(float.PositiveInfinity);
        var i = 0;
        for (; i + 8 <= _distances.Length; i += 8)
        {
            var distance = Vector256.Abs(Vector256.LoadUnsafe(ref across[i]) - left) + Vector256.Abs(Vector256.LoadUnsafe(ref up[i]) - right);
            distance.StoreUnsafe(ref _distances[i]);
            least = Vector256.Min(least, distance);
        }

        var smallest = float.PositiveInfinity;
        for (var lane = 0; lane < 8; lane++)
        {
            smallest = Math.Min(smallest, least[lane]);
        }

        for (; i < _distances.Length; i++)
        {
            _distances[i] = Math.Abs(across[i] - x) + Math.Abs(up[i] - y);
            smallest = Math.Min(smallest, _distances[i]);
        }

        return smallest;
    }

    // Distances are sums of absolute values: there is one zero, and equal numbers are equal bits, in the numbers' order.
    private int First(float distance) => MemoryMarshal.Cast<float, int>(_distances).IndexOf(BitConverter.SingleToInt32Bits(distance));

    // The nearest so many by distance and id, and maybe more, in the order of ids.
    private Span<ulong> Near()
    {
        var found = Collect(Guess());
        var near = _near.AsSpan(0, found);
        near.CopyTo(_ordered);
        var last = Quickselect.Largest(_ordered.AsSpan(0, found), found - neighbours + 1);
        var kept = 0;
        foreach (var one in near)
        {
            near[kept] = one;
            kept += one <= last ? 1 : 0;
        }

        return near[..kept];
    }

    // A distance that more than enough samples are within, if those that are looked at are like the rest; if they aren't, all are collected.
    private float Guess()
    {
        var bits = MemoryMarshal.Cast<float, uint>(_distances);
        for (var g = 0; g < _guesses.Length; g++)
        {
            _guesses[g] = bits[(int)((long)g * bits.Length / _guesses.Length)];
        }

        var rank = (int)Math.Ceiling(Generous * neighbours / bits.Length * _guesses.Length) + 4;
        return rank >= _guesses.Length ? float.MaxValue : Math.Min(float.MaxValue, BitConverter.UInt32BitsToSingle((uint)Quickselect.Largest(_guesses, _guesses.Length - rank + 1)));
    }

    private int Collect(float within)
    {
        var found = CollectWithin(within);
        return found >= neighbours ? found : CollectWithin(float.MaxValue);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CollectWithin(float within)
    {
        var limits = Vector256.Create(within);
        var found = 0;
        var i = 0;
        for (; i + 8 <= _distances.Length; i += 8)
        {
            for (var some = Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref _distances[i]), limits).ExtractMostSignificantBits(); some != 0; some &= some - 1)
            {
                var id = i + int.TrailingZeroCount((int)some);
                _near[found++] = ((ulong)BitConverter.SingleToUInt32Bits(_distances[id]) << 32) | (uint)id;
            }
        }

        for (; i < _distances.Length; i++)
        {
            if (_distances[i] <= within)
            {
                _near[found++] = ((ulong)BitConverter.SingleToUInt32Bits(_distances[i]) << 32) | (uint)i;
            }
        }

        return found;
    }

    private void Share(ReadOnlySpan<ulong> near)
    {
        double sum = 0;
        for (var i = 0; i < near.Length; i++)
        {
            double distance = BitConverter.UInt32BitsToSingle((uint)(near[i] >> 32)), square = distance * distance;
            _shares[i] = 1 / (square * square);
            sum += _shares[i];
        }

        for (var i = 0; i < near.Length; i++)
        {
            Totals[(int)(uint)near[i]] -= (long)Math.Round(_shares[i] / sum * One);
        }
    }
}
