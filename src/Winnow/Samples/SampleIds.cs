using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Winnow.Samples;

/// <summary>Turns ids, which are int64 at every edge, into places in arrays.</summary>
internal static class SampleIds
{
    /// <summary>The place of a sample.</summary>
    /// <exception cref="ArgumentException">There is no such sample.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(long id, int samples)
    {
        if ((ulong)id >= (ulong)samples)
        {
            Refuse(id, samples);
        }

        return (int)id;
    }

    [DoesNotReturn]
    private static void Refuse(long id, int samples) =>
        throw new ArgumentException($"there is no sample {id}; ids are 0-based, in [0, {samples})", nameof(id));
}
