using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Geometry;

/// <summary>Which instructions the kernels use. They compute the same bits: every sum has its fixed order of fused steps.</summary>
internal enum VectorPath
{
    /// <summary>One number at a time; slow: for processors without the vectors below, and for ARM, whose fused multiply-add on 128 bits has no kernels here.</summary>
    Plain,

    /// <summary>Vectors of 256 bits, with the fused multiply-add of x86.</summary>
    Narrow,

    /// <summary>Vectors of 512 bits.</summary>
    Wide,
}

/// <summary>The path that this processor takes.</summary>
internal static class VectorPaths
{
    [ThreadStatic]
    private static VectorPath? s_forced;

    /// <summary>The widest that the processor is quick with.</summary>
    public static VectorPath Best => Vector512.IsHardwareAccelerated ? VectorPath.Wide : Fma.IsSupported ? VectorPath.Narrow : VectorPath.Plain;

    /// <summary>What work begun by this thread uses; asked once, where the work begins.</summary>
    public static VectorPath Current => s_forced ?? Best;

    /// <summary>For tests: another path for what this thread begins; null for the best. One that the processor lacks is emulated.</summary>
    public static void Force(VectorPath? path) => s_forced = path;
}
