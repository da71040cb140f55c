using Winnow.Numerics;

namespace Winnow.Training;

/// <summary>Seeds for what draws by itself.</summary>
internal static class DerivedSeeds
{
    /// <summary>Two numbers of a stream as one seed, the first one's bits the higher ones.</summary>
    public static ulong SeedAt(this Rng stream, ulong at) => ((ulong)stream.UInt32At(at) << 32) | stream.UInt32At(at + 1);
}
