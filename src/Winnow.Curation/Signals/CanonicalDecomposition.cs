namespace Winnow.Curation.Signals;

/// <summary>
/// Unicode's normalisation form D. The runtime has it only with a library of the system's (ICU), in whatever version is installed; results here are to be the same
/// everywhere.
/// </summary>
internal static class CanonicalDecomposition
{
    // Unicode, section 3.12: syllables of Hangul are put together by a rule.
    private const int Syllables = 0xAC00, SyllableCount = 11172, Leading = 0x1100, Vowels = 0x1161, Trailing = 0x11A7, VowelCount = 21, TrailingCount = 28;

    // Nothing below it decomposes or combines, and no character becomes more than this many.
    private const int FirstAffected = 0xC0, Longest = 4;

    private static readonly Lazy<Tables> s_tables = new(Read);

    /// <summary>Writes a text's normalisation form D.</summary>
    /// <param name="scalars">The text.</param>
    /// <param name="decomposed">Takes it; replaced where it is too short.</param>
    /// <returns>How many scalar values were written.</returns>
    public static int Write(ReadOnlySpan<int> scalars, ref int[] decomposed)
    {
        Buffers.Grow(ref decomposed, scalars.Length + Longest);
        var tables = s_tables.Value;
        var n = 0;
        for (var i = 0; i < scalars.Length; i++)
        {
            var c = scalars[i];
            if (c < FirstAffected)
            {
                decomposed[n++] = c;
                continue;
            }

            Buffers.Grow(ref decomposed, n + Longest + scalars.Length - i);
            var from = n;
            n = Append(c, decomposed, n, tables);
            Order(decomposed, from, n, tables);
        }

        return n;
    }

    private static int Append(int c, int[] decomposed, int n, Tables tables)
    {
        if ((uint)(c - Syllables) < SyllableCount)
        {
            var syllable = c - Syllables;
            decomposed[n++] = Leading + (syllable / (VowelCount * TrailingCount));
            decomposed[n++] = Vowels + (syllable % (VowelCount * TrailingCount) / TrailingCount);
            if (syllable % TrailingCount != 0)
            {
                decomposed[n++] = Trailing + (syllable % TrailingCount);
            }

            return n;
        }

        if (!tables.Parts.TryGetValue(c, out var parts))
        {
            decomposed[n] = c;
            return n + 1;
        }

        n = Append(parts.First, decomposed, n, tables);
        return parts.Second == 0 ? n : Append(parts.Second, decomposed, n, tables);
    }

    // Marks of one base stand in the order of their classes; those of one class keep theirs.
    private static void Order(int[] decomposed, int from, int end, Tables tables)
    {
        for (var i = from; i < end; i++)
        {
            if (!tables.Classes.TryGetValue(decomposed[i], out var combining))
            {
                continue;
            }

            var mark = decomposed[i];
            var at = i;
            while (at > 0 && tables.Classes.TryGetValue(decomposed[at - 1], out var before) && before > combining)
            {
                decomposed[at] = decomposed[at - 1];
                at--;
            }

            decomposed[at] = mark;
        }
    }

    private static Tables Read()
    {
        var tables = new Tables(new Dictionary<int, (int, int)>(2100), new Dictionary<int, byte>(1000));
        int scalar = 0, first = 0;
        for (var packed = Unpack(CanonicalDecompositionData.Pairs); !packed.IsEmpty;)
        {
            scalar += Number(ref packed);
            var step = Number(ref packed);
            first += (step & 1) == 0 ? step >> 1 : -((step + 1) >> 1);
            tables.Parts[scalar] = (first, Number(ref packed));
        }

        scalar = 0;
        for (var packed = Unpack(CanonicalDecompositionData.Classes); !packed.IsEmpty;)
        {
            scalar += Number(ref packed);
            var end = scalar + Number(ref packed);
            var combining = (byte)Number(ref packed);
            for (; scalar < end; scalar++)
            {
                tables.Classes[scalar] = combining;
            }
        }

        return tables;
    }

    private static ReadOnlySpan<byte> Unpack(string text) => Convert.FromBase64String(text);

    private static int Number(ref ReadOnlySpan<byte> packed)
    {
        int value = 0, shift = 0;
        while (true)
        {
            var b = packed[0];
            packed = packed[1..];
            value |= (b & 0x7F) << shift;
            shift += 7;
            if (b < 0x80)
            {
                return value;
            }
        }
    }

    private sealed record Tables(Dictionary<int, (int First, int Second)> Parts, Dictionary<int, byte> Classes);
}
