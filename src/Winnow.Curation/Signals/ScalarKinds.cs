namespace Winnow.Curation.Signals;

/// <summary>What a Unicode scalar value is, by the runtime's own tables: the same on every machine.</summary>
[Flags]
internal enum ScalarKinds : ushort
{
    /// <summary>None of the below.</summary>
    None = 0,

    /// <summary>A letter (general categories L*).</summary>
    Letter = 1 << 0,

    /// <summary>A combining mark (M*) or a format character (Cf): it belongs to what stands before it.</summary>
    Extend = 1 << 1,

    /// <summary>A number (N*).</summary>
    Number = 1 << 2,

    /// <summary>White space: Python's <c>\s</c> and <c>str.isspace</c>.</summary>
    Space = 1 << 3,

    /// <summary>What ends a line for Python's <c>str.splitlines</c>.</summary>
    LineBreak = 1 << 4,

    /// <summary>Python's <c>\w</c>: letters, numbers and the low line; marks are not.</summary>
    PatternWord = 1 << 5,

    /// <summary>Upper case (Unicode's derived property Uppercase).</summary>
    Upper = 1 << 6,

    /// <summary>Lower case or title case (Unicode's derived property Lowercase, and category Lt).</summary>
    LowerOrTitle = 1 << 7,

    /// <summary>A Han, Hiragana or Katakana letter, which is a word by itself here.</summary>
    Alone = 1 << 8,

    /// <summary>Ends a sentence (Unicode's property Sentence_Terminal).</summary>
    Terminal = 1 << 9,

    /// <summary>Has a numeric value: Python's <c>str.isnumeric</c>.</summary>
    Numeric = 1 << 10,

    /// <summary>One of the 32 punctuation characters of ASCII: Python's <c>string.punctuation</c>.</summary>
    AsciiPunctuation = 1 << 11,

    /// <summary>Passed over where the form of a final sigma is decided (Unicode's property Case_Ignorable).</summary>
    CaseIgnorable = 1 << 12,
}
