using System.Buffers;
using System.Text;

namespace Winnow.Curation.Filters;

/// <summary>
/// C4's rules (Raffel et al. 2020, section 2.2; the order of the tests is that of its published programs): lines are dropped and a text is rejected. Upper and lower
/// case of ASCII count as the same where words are looked for. Sentences end at a mark that ends sentences, with closing quotes and brackets behind it, before white space
/// or the line's end; the reference asks a trained splitter, which knows abbreviations. Not for several threads at once: each makes its own.
/// </summary>
public sealed class C4Lines
{
    private readonly C4Options _options;
    private readonly List<ByteRange> _kept = [];
    private readonly ArrayBufferWriter<byte> _text = new(), _line = new();
    private byte[] _lower = [];

    /// <summary>Reads texts by these rules.</summary>
    /// <param name="options">The rules; null takes those of the published data set.</param>
    public C4Lines(C4Options? options = null) => _options = options ?? new();

    /// <summary>The lines of the last text that are kept, without white space at their ends, in the text's bytes; marks of citations are still in them.</summary>
    public IReadOnlyList<ByteRange> Kept => _kept;

    /// <summary>The kept lines of the last text as UTF-8, without marks of citations, with line feeds between them. Valid until the next text is read.</summary>
    public ReadOnlySpan<byte> Text => Utf8.Trim(_text.WrittenSpan);

    /// <summary>How many lines the last text had.</summary>
    public int LineCount { get; private set; }

    /// <summary>How many sentences the kept lines of the last text have.</summary>
    public int SentenceCount { get; private set; }

    /// <summary>Whether a line that is not dropped for another reason has "lorem ipsum".</summary>
    public bool HasLoremIpsum { get; private set; }

    /// <summary>Whether a line that is not dropped for another reason has an opening curly bracket.</summary>
    public bool HasCurlyBracket { get; private set; }

    /// <summary>Reads a text.</summary>
    /// <param name="text">UTF-8; each maximal ill-formed part counts as one U+FFFD.</param>
    /// <returns>Null where the text is kept; otherwise the signal that rejects it: <c>c4_lorem_ipsum</c>, <c>c4_curly_bracket</c> or <c>c4_sentence_count</c>.</returns>
    public string? Read(ReadOnlySpan<byte> text)
    {
        (LineCount, SentenceCount, HasLoremIpsum, HasCurlyBracket) = (0, 0, false, false);
        _kept.Clear();
        _text.ResetWrittenCount();
        string? reason = null;
        for (var next = 0; next < text.Length;)
        {
            var end = Utf8.LineEnd(text, next, out var after);
            LineCount++;
            var problem = ReadLine(text, next, end);
            reason ??= problem;
            next = after;
        }

        return reason ?? (SentenceCount < _options.MinSentences ? "c4_sentence_count" : null);
    }

    private string? ReadLine(ReadOnlySpan<byte> text, int start, int end)
    {
        var (first, last) = Utf8.TrimRange(text, start, end);
        var (words, longest) = Utf8.Words(text[first..last]);
        if (longest > _options.MaxWordLength)
        {
            return null;
        }

        var line = Cleaned(text[first..last]);
        if ((_options.RequireTerminalMark && (line is not [.., (byte)'.' or (byte)'?' or (byte)'!' or (byte)'"' or (byte)'\''] || line.EndsWith("..."u8))) || words < _options.MinWordsPerLine)
        {
            return null;
        }

        var lower = Lower(line);
        if (_options.RejectLoremIpsum && lower.IndexOf("lorem ipsum"u8) >= 0)
        {
            HasLoremIpsum = true;
            return "c4_lorem_ipsum";
        }

        if (_options.DropJavascript && lower.IndexOf("javascript"u8) >= 0)
        {
            return null;
        }

        if (_options.RejectCurlyBrackets && line.Contains((byte)'{'))
        {
            HasCurlyBracket = true;
            return "c4_curly_bracket";
        }

        if (_options.DropPolicies && IsPolicy(lower))
        {
            return null;
        }

        SentenceCount += Utf8.Sentences(line);
        if (_kept.Count > 0)
        {
            _text.Write("\n"u8);
        }

        _text.Write(line);
        _kept.Add(new(first, last - first));
        return null;
    }

    private static bool IsPolicy(ReadOnlySpan<byte> lower) =>
        lower.IndexOf("terms of use"u8) >= 0 || lower.IndexOf("privacy policy"u8) >= 0 || lower.IndexOf("cookie policy"u8) >= 0
        || lower.IndexOf("uses cookies"u8) >= 0 || lower.IndexOf("use of cookies"u8) >= 0 || lower.IndexOf("use cookies"u8) >= 0;

    private ReadOnlySpan<byte> Lower(ReadOnlySpan<byte> line)
    {
        Signals.Buffers.Grow(ref _lower, line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            _lower[i] = line[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(line[i] | 0x20) : line[i];
        }

        return _lower.AsSpan(0, line.Length);
    }

    // The line without marks of citations; what is left of it is not searched again.
    private ReadOnlySpan<byte> Cleaned(ReadOnlySpan<byte> line)
    {
        if (!_options.RemoveCitations || !line.Contains((byte)'['))
        {
            return line;
        }

        _line.ResetWrittenCount();
        while (true)
        {
            var at = line.IndexOf((byte)'[');
            if (at < 0)
            {
                _line.Write(line);
                return _line.WrittenSpan;
            }

            var mark = Citation(line[at..]);
            _line.Write(line[..(mark > 0 ? at : at + 1)]);
            line = line[(at + Math.Max(mark, 1))..];
        }
    }

    // How many bytes the mark of a citation has that begins here; 0 where none does.
    private static int Citation(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("[edit]"u8))
        {
            return 6;
        }

        if (line.StartsWith("[citation needed]"u8))
        {
            return 17;
        }

        var i = 1;
        while (i < line.Length && line[i] != (byte)']')
        {
            Rune.DecodeFromUtf8(line[i..], out var rune, out var used);
            if (Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.DecimalDigitNumber)
            {
                return 0;
            }

            i += used;
        }

        return i < line.Length ? i + 1 : 0;
    }
}
