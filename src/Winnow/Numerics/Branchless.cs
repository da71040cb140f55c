using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>Choices that the processor can't foresee, made without a jump: guessed wrong, one costs as much as twenty additions.</summary>
internal static class Branchless
{
    /// <summary>The first where the condition holds, else the second. The compiler makes a jump of a choice between two floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Select(bool condition, float first, float second)
    {
        uint mask = 0u - (condition ? 1u : 0u), other = BitConverter.SingleToUInt32Bits(second);
        return BitConverter.UInt32BitsToSingle(other ^ ((other ^ BitConverter.SingleToUInt32Bits(first)) & mask));
    }
}
