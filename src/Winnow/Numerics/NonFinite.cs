using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>Counts NaN and infinities.</summary>
internal static class NonFinite
{
    /// <summary>How many of the values are NaN or infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Count(ReadOnlySpan<float> values)
    {
        ref var v = ref MemoryMarshal.GetReference(values);
        Vector256<int> exponent = Vector256.Create(0x7F800000), count = default;
        var i = 0;
        // A true comparison is -1 in its lane.
        for (; i + 8 <= values.Length; i += 8)
        {
            count -= Vector256.Equals(Vector256.LoadUnsafe(ref v, (nuint)i).AsInt32() & exponent, exponent);
        }

        var total = Vector256.Sum(count);
        for (; i < values.Length; i++)
        {
            total += float.IsFinite(values[i]) ? 0 : 1;
        }

        return total;
    }
}
