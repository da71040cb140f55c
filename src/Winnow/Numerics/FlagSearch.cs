using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>Looks for floats that are neither 0 nor 1, many at a time: the runtime's own search for all but two values goes one by one.</summary>
internal static class FlagSearch
{
    /// <summary>The place of the first that is neither; -1 if there is none.</summary>
    public static int FirstOther(ReadOnlySpan<float> values)
    {
        ref var v = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i + 8 <= values.Length; i += 8)
        {
            var eight = Vector256.LoadUnsafe(ref v, (nuint)i);
            if (!Vector256.EqualsAll(Vector256.Equals(eight, Vector256<float>.Zero).AsInt32() | Vector256.Equals(eight, Vector256<float>.One).AsInt32(), Vector256<int>.AllBitsSet))
            {
                break;
            }
        }

        for (; i < values.Length; i++)
        {
            if (values[i] is not (0 or 1))
            {
                return i;
            }
        }

        return -1;
    }
}
