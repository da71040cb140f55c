using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Winnow.Curation.Signals;

/// <summary>UTF-8 as scalar values, in a buffer that is used again. What is no UTF-8 becomes U+FFFD, one for each maximal ill-formed part (Unicode, section 3.9).</summary>
internal sealed class ScalarText
{
    private int[] _scalars = [];

    /// <summary>The scalar values of the last text.</summary>
    public ReadOnlySpan<int> Scalars => _scalars.AsSpan(0, Length);

    /// <summary>How many they are.</summary>
    public int Length { get; private set; }

    /// <summary>Reads a text.</summary>
    public void Read(ReadOnlySpan<byte> text)
    {
        if (_scalars.Length < text.Length)
        {
            _scalars = GC.AllocateUninitializedArray<int>(Buffers.Room(text.Length));
        }

        var scalars = _scalars.AsSpan();
        int i = 0, n = 0;
        while (i < text.Length)
        {
            while (i + 16 <= text.Length)
            {
                var block = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)i);
                if (block.ExtractMostSignificantBits() != 0)
                {
                    break;
                }

                var (low, high) = Vector128.Widen(block);
                var (a, b) = Vector128.Widen(low);
                var (c, d) = Vector128.Widen(high);
                a.AsInt32().CopyTo(scalars[n..]);
                b.AsInt32().CopyTo(scalars[(n + 4)..]);
                c.AsInt32().CopyTo(scalars[(n + 8)..]);
                d.AsInt32().CopyTo(scalars[(n + 12)..]);
                i += 16;
                n += 16;
            }

            // Up to the next 16 that may be plain.
            var end = Math.Min(text.Length, i + 16);
            while (i < end)
            {
                if (text[i] < 0x80)
                {
                    scalars[n++] = text[i++];
                    continue;
                }

                Rune.DecodeFromUtf8(text[i..], out var rune, out var used);
                scalars[n++] = rune.Value;
                i += used;
            }
        }

        Length = n;
    }
}
