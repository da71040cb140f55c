#if !NET10_0_OR_GREATER
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>Vectorised search among enumeration values of one byte, which the base class library has from .NET 10 on.</summary>
internal static class EnumSearch
{
    public static int IndexOfAnyExcept<T>(this ReadOnlySpan<T> span, T value) where T : unmanaged, Enum =>
        MemoryMarshal.Cast<T, byte>(span).IndexOfAnyExcept(Unsafe.BitCast<T, byte>(value));

    public static int IndexOfAnyExcept<T>(this Span<T> span, T value) where T : unmanaged, Enum => IndexOfAnyExcept((ReadOnlySpan<T>)span, value);

    public static bool ContainsAnyExcept<T>(this ReadOnlySpan<T> span, T value) where T : unmanaged, Enum => IndexOfAnyExcept(span, value) >= 0;

    public static bool ContainsAnyExcept<T>(this Span<T> span, T value) where T : unmanaged, Enum => IndexOfAnyExcept((ReadOnlySpan<T>)span, value) >= 0;
}
#endif
