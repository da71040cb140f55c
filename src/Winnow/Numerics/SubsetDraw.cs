using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// Draws exactly m of the n samples that carry a mark, every m-subset equally likely. First each marked sample is tossed on its own
/// (16 random bits, at the sample's index in the stream); then the few that are too many or too few are moved, chosen uniformly.
/// Uniform by symmetry: given how many the toss picked, every set of that size is equally likely, and a uniform removal or addition
/// keeps that so, whatever the toss's probability was. One pass, any number of threads, no list of ids.
/// </summary>
internal static class SubsetDraw
{
    /// <summary>The toss's probability in 1/65536; an approximation is enough, see above.</summary>
    public static uint Odds(double share) => (uint)Math.Round(share * 65536.0);

    /// <summary>Turns about odds/65536 of the marked weights into the picked code.</summary>
    /// <param name="weights">Codes of a run of samples.</param>
    /// <param name="random">16 random bits a sample.</param>
    /// <param name="mark">The code of those who take part.</param>
    /// <param name="picked">The code that a picked one gets.</param>
    /// <param name="odds">0 … 65536.</param>
    /// <returns>How many were picked.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Toss(Span<float> weights, ReadOnlySpan<ushort> random, float mark, float picked, uint odds)
    {
        ref var w = ref MemoryMarshal.GetReference(weights);
        ref var r = ref MemoryMarshal.GetReference(random[..weights.Length]);
        Vector256<float> marks = Vector256.Create(mark), picks = Vector256.Create(picked);
        var limit = Vector256.Create(odds);
        int count = 0, i = 0;
        for (; i + 16 <= weights.Length; i += 16)
        {
            (var low, var high) = Vector256.Widen(Vector256.LoadUnsafe(ref r, (nuint)i));
            Vector256<float> a = Vector256.LoadUnsafe(ref w, (nuint)i), b = Vector256.LoadUnsafe(ref w, (nuint)i + 8);
            // 17-bit values: a signed comparison is the same and needs no bias.
            var hitA = Vector256.Equals(a, marks) & Vector256.LessThan(low.AsInt32(), limit.AsInt32()).AsSingle();
            var hitB = Vector256.Equals(b, marks) & Vector256.LessThan(high.AsInt32(), limit.AsInt32()).AsSingle();
            Vector256.ConditionalSelect(hitA, picks, a).StoreUnsafe(ref w, (nuint)i);
            Vector256.ConditionalSelect(hitB, picks, b).StoreUnsafe(ref w, (nuint)i + 8);
            count += int.PopCount((int)(hitA.ExtractMostSignificantBits() | (hitB.ExtractMostSignificantBits() << 8)));
        }

        for (; i < weights.Length; i++)
        {
            if (weights[i] != mark || random[i] >= odds)
            {
                continue;
            }

            weights[i] = picked;
            count++;
        }

        return count;
    }

    /// <summary>Makes the picked exactly <paramref name="wanted"/> of <paramref name="marked"/> by moving the difference, chosen uniformly.</summary>
    public static void Settle(Span<float> weights, float mark, float picked, int marked, int tossed, int wanted, RngSequence random)
    {
        if (tossed > wanted)
        {
            Move(weights, picked, mark, tossed, tossed - wanted, ref random);
        }
        else if (tossed < wanted)
        {
            Move(weights, mark, picked, marked - tossed, wanted - tossed, ref random);
        }
    }

    private static void Move(Span<float> weights, float from, float to, int available, int count, ref RngSequence random)
    {
        if (count <= available / 64)
        {
            // Few of many: try indices until one fits; at most weights.Length / 64 tries are to be expected.
            while (count > 0)
            {
                var index = (int)random.Next((uint)weights.Length);
                if (weights[index] != from)
                {
                    continue;
                }

                weights[index] = to;
                count--;
            }

            return;
        }
        // Selection sampling (Knuth, TAOCP 3.4.2, algorithm S): one pass, each of the rest taken with probability wanted / left.
        var bits = MemoryMarshal.Cast<float, int>(weights);
        var code = BitConverter.SingleToInt32Bits(from);
        for (var at = 0; count > 0; at++, available--)
        {
            at += bits[at..].IndexOf(code);
            if (random.Next((uint)available) >= (uint)count)
            {
                continue;
            }

            weights[at] = to;
            count--;
        }
    }

    /// <summary>Replaces one code by the weight of the kept and another by 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(Span<float> weights, float mark, float picked, float kept)
    {
        ref var w = ref MemoryMarshal.GetReference(weights);
        Vector256<float> marks = Vector256.Create(mark), picks = Vector256.Create(picked), keeps = Vector256.Create(kept);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var v = Vector256.LoadUnsafe(ref w, (nuint)i);
            v = Vector256.ConditionalSelect(Vector256.Equals(v, picks), keeps, v);
            Vector256.AndNot(v, Vector256.Equals(v, marks)).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < weights.Length; i++)
        {
            weights[i] = weights[i] == mark ? 0f : weights[i] == picked ? kept : weights[i];
        }
    }
}
