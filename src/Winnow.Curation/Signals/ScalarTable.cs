using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Winnow.Curation.Signals;

/// <summary>The kinds and lower-case forms of all scalar values, looked up in two steps: pages of 256, of which equal ones are kept once.</summary>
internal sealed class ScalarTable
{
    private const int Scalars = 0x110000, PageBits = 8, PageSize = 1 << PageBits;

    private static readonly Lazy<ScalarTable> s_instance = new(static () => new ScalarTable());

    // Unicode's Sentence_Terminal, Other_Uppercase and Other_Lowercase, and the ideographs with a numeric value, as first and last of each run.
    private static readonly int[] s_terminal =
    [
        0x21, 0x21, 0x2E, 0x2E, 0x3F, 0x3F, 0x589, 0x589, 0x61D, 0x61F, 0x6D4, 0x6D4, 0x700, 0x702, 0x7F9, 0x7F9, 0x837, 0x837, 0x839, 0x839,
        0x83D, 0x83E, 0x964, 0x965, 0x104A, 0x104B, 0x1362, 0x1362, 0x1367, 0x1368, 0x166E, 0x166E, 0x1735, 0x1736, 0x17D4, 0x17D6, 0x17D9, 0x17DA,
        0x1803, 0x1803, 0x1809, 0x1809, 0x1944, 0x1945, 0x1AA8, 0x1AAB, 0x1B5A, 0x1B5B, 0x1B5E, 0x1B5F, 0x1B7D, 0x1B7E, 0x1C3B, 0x1C3C,
        0x1C7E, 0x1C7F, 0x203C, 0x203D, 0x2047, 0x2049, 0x2E2E, 0x2E2E, 0x2E3C, 0x2E3C, 0x2E53, 0x2E54, 0x3002, 0x3002, 0xA4FF, 0xA4FF,
        0xA60E, 0xA60F, 0xA6F3, 0xA6F3, 0xA6F7, 0xA6F7, 0xA876, 0xA877, 0xA8CE, 0xA8CF, 0xA92F, 0xA92F, 0xA9C8, 0xA9C9, 0xAA5D, 0xAA5F,
        0xAAF0, 0xAAF1, 0xABEB, 0xABEB, 0xFE52, 0xFE52, 0xFE56, 0xFE57, 0xFF01, 0xFF01, 0xFF0E, 0xFF0E, 0xFF1F, 0xFF1F, 0xFF61, 0xFF61,
        0x10A56, 0x10A57, 0x10F55, 0x10F59, 0x10F86, 0x10F89, 0x11047, 0x11048, 0x110BE, 0x110C1, 0x11141, 0x11143, 0x111C5, 0x111C6,
        0x111CD, 0x111CD, 0x111DE, 0x111DF, 0x11238, 0x11239, 0x1123B, 0x1123C, 0x112A9, 0x112A9, 0x1144B, 0x1144C, 0x115C2, 0x115C3,
        0x115C9, 0x115D7, 0x11641, 0x11642, 0x1173C, 0x1173E, 0x11944, 0x11944, 0x11946, 0x11946, 0x11A42, 0x11A43, 0x11A9B, 0x11A9C,
        0x11C41, 0x11C42, 0x11EF7, 0x11EF8, 0x11F43, 0x11F44, 0x16A6E, 0x16A6F, 0x16AF5, 0x16AF5, 0x16B37, 0x16B38, 0x16B44, 0x16B44,
        0x16E98, 0x16E98, 0x1BC9F, 0x1BC9F, 0x1DA88, 0x1DA88,
    ];

    private static readonly int[] s_otherUpper = [0x2160, 0x216F, 0x24B6, 0x24CF, 0x1F130, 0x1F149, 0x1F150, 0x1F169, 0x1F170, 0x1F189];

    private static readonly int[] s_otherLower =
    [
        0xAA, 0xAA, 0xBA, 0xBA, 0x2B0, 0x2B8, 0x2C0, 0x2C1, 0x2E0, 0x2E4, 0x345, 0x345, 0x37A, 0x37A, 0x1D2C, 0x1D6A, 0x1D78, 0x1D78,
        0x1D9B, 0x1DBF, 0x2071, 0x2071, 0x207F, 0x207F, 0x2090, 0x209C, 0x2170, 0x217F, 0x24D0, 0x24E9, 0x2C7C, 0x2C7D, 0xA69C, 0xA69D,
        0xA770, 0xA770, 0xA7F8, 0xA7F9, 0xAB5C, 0xAB5F, 0x10780, 0x10780, 0x10783, 0x10785, 0x10787, 0x107B0, 0x107B2, 0x107BA,
    ];

    private static readonly int[] s_numericLetters =
    [
        0x3405, 0x3405, 0x3483, 0x3483, 0x382A, 0x382A, 0x3B4D, 0x3B4D, 0x4E00, 0x4E00, 0x4E03, 0x4E03, 0x4E07, 0x4E07, 0x4E09, 0x4E09,
        0x4E5D, 0x4E5D, 0x4E8C, 0x4E8C, 0x4E94, 0x4E94, 0x4E96, 0x4E96, 0x4EBF, 0x4EC0, 0x4EDF, 0x4EDF, 0x4EE8, 0x4EE8, 0x4F0D, 0x4F0D,
        0x4F70, 0x4F70, 0x5104, 0x5104, 0x5146, 0x5146, 0x5169, 0x5169, 0x516B, 0x516B, 0x516D, 0x516D, 0x5341, 0x5341, 0x5343, 0x5345,
        0x534C, 0x534C, 0x53C1, 0x53C4, 0x56DB, 0x56DB, 0x58F1, 0x58F1, 0x58F9, 0x58F9, 0x5E7A, 0x5E7A, 0x5EFE, 0x5EFF, 0x5F0C, 0x5F0E,
        0x5F10, 0x5F10, 0x62FE, 0x62FE, 0x634C, 0x634C, 0x67D2, 0x67D2, 0x6F06, 0x6F06, 0x7396, 0x7396, 0x767E, 0x767E, 0x8086, 0x8086,
        0x842C, 0x842C, 0x8CAE, 0x8CAE, 0x8CB3, 0x8CB3, 0x8D30, 0x8D30, 0x9621, 0x9621, 0x9646, 0x9646, 0x964C, 0x964C, 0x9678, 0x9678,
        0x96F6, 0x96F6, 0xF96B, 0xF96B, 0xF973, 0xF973, 0xF978, 0xF978, 0xF9B2, 0xF9B2, 0xF9D1, 0xF9D1, 0xF9D3, 0xF9D3, 0xF9FD, 0xF9FD,
        0x20001, 0x20001, 0x20064, 0x20064, 0x200E2, 0x200E2, 0x20121, 0x20121, 0x2092A, 0x2092A, 0x20983, 0x20983, 0x2098C, 0x2098C,
        0x2099C, 0x2099C, 0x20AEA, 0x20AEA, 0x20AFD, 0x20AFD, 0x20B19, 0x20B19, 0x22390, 0x22390, 0x22998, 0x22998, 0x23B1B, 0x23B1B,
        0x2626D, 0x2626D, 0x2F890, 0x2F890,
    ];

    // Unicode's blocks of Han ideographs, Hiragana and Katakana.
    private static readonly int[] s_alone =
    [
        0x3005, 0x3007, 0x3021, 0x3029, 0x3041, 0x3096, 0x309D, 0x309F, 0x30A1, 0x30FA, 0x30FC, 0x30FF, 0x31F0, 0x31FF, 0x3400, 0x4DBF,
        0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0xFF66, 0xFF9D, 0x1AFF0, 0x1B16F, 0x20000, 0x3FFFD,
    ];

    private readonly byte[] _pageOf = new byte[Scalars / PageSize];
    private readonly ushort[] _kinds;
    private readonly byte[] _lowerPageOf = new byte[Scalars / PageSize];
    private readonly int[] _lowerOffsets;

    private ScalarTable()
    {
        var all = new ScalarKinds[Scalars];
        var lower = new int[Scalars];
        for (var c = 0; c < Scalars; c++)
        {
            all[c] = KindOf(c);
            lower[c] = Rune.IsValid(c) ? Rune.ToLowerInvariant(new Rune(c)).Value - c : 0;
        }

        Mark(all, s_terminal, ScalarKinds.Terminal);
        Mark(all, s_otherUpper, ScalarKinds.Upper);
        Mark(all, s_otherLower, ScalarKinds.LowerOrTitle);
        Mark(all, s_numericLetters, ScalarKinds.Numeric);
        Mark(all, s_alone, ScalarKinds.Alone);
        _kinds = Pages([.. all.Select(static k => (ushort)k)], _pageOf);
        _lowerOffsets = Pages(lower, _lowerPageOf);
    }

    /// <summary>The one table, made at its first use.</summary>
    public static ScalarTable Instance => s_instance.Value;

    /// <summary>What a scalar value is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ScalarKinds KindsOf(int scalar) => (ScalarKinds)_kinds[(_pageOf[scalar >> PageBits] << PageBits) | (scalar & (PageSize - 1))];

    /// <summary>Its lower-case form by Unicode's simple mapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Lower(int scalar) => scalar + _lowerOffsets[(_lowerPageOf[scalar >> PageBits] << PageBits) | (scalar & (PageSize - 1))];

    private static ScalarKinds KindOf(int c)
    {
        var kinds = CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.UppercaseLetter => ScalarKinds.Letter | ScalarKinds.Upper | ScalarKinds.PatternWord,
            UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => ScalarKinds.Letter | ScalarKinds.LowerOrTitle | ScalarKinds.PatternWord,
            UnicodeCategory.ModifierLetter => ScalarKinds.Letter | ScalarKinds.PatternWord | ScalarKinds.CaseIgnorable,
            UnicodeCategory.OtherLetter => ScalarKinds.Letter | ScalarKinds.PatternWord,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => ScalarKinds.Extend | ScalarKinds.CaseIgnorable,
            UnicodeCategory.SpacingCombiningMark => ScalarKinds.Extend,
            UnicodeCategory.ModifierSymbol => ScalarKinds.CaseIgnorable,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                ScalarKinds.Number | ScalarKinds.Numeric | ScalarKinds.PatternWord,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => ScalarKinds.Space,
            _ => ScalarKinds.None,
        };
        kinds |= c is (>= 0x9 and <= 0xD) or (>= 0x1C and <= 0x1F) or 0x85 ? ScalarKinds.Space : ScalarKinds.None;
        kinds |= c is (>= 0xA and <= 0xD) or (>= 0x1C and <= 0x1E) or 0x85 or 0x2028 or 0x2029 ? ScalarKinds.LineBreak : ScalarKinds.None;
        kinds |= c == '_' ? ScalarKinds.PatternWord : ScalarKinds.None;
        kinds |= c < 0x80 && (char.IsAsciiLetterOrDigit((char)c) || c is <= ' ' or 0x7F) ? ScalarKinds.None : c < 0x80 ? ScalarKinds.AsciiPunctuation : ScalarKinds.None;
        kinds |= c is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027 or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A
            ? ScalarKinds.CaseIgnorable : ScalarKinds.None;
        return kinds;
    }

    private static void Mark(ScalarKinds[] all, int[] runs, ScalarKinds kind)
    {
        for (var i = 0; i < runs.Length; i += 2)
        {
            for (var c = runs[i]; c <= runs[i + 1]; c++)
            {
                all[c] |= kind;
            }
        }
    }

    private static T[] Pages<T>(T[] all, byte[] pageOf)
        where T : unmanaged, IEquatable<T>
    {
        var pages = new List<T[]>();
        for (var p = 0; p < pageOf.Length; p++)
        {
            var page = all.AsSpan(p * PageSize, PageSize);
            var at = 0;
            while (at < pages.Count && !page.SequenceEqual(pages[at]))
            {
                at++;
            }

            if (at == pages.Count)
            {
                pages.Add(page.ToArray());
            }

            pageOf[p] = checked((byte)at);
        }

        return [.. pages.SelectMany(static p => p)];
    }
}
