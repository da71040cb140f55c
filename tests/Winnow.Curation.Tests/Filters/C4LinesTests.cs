using System.Text;
using Winnow.Curation.Filters;
using Winnow.Curation.Signals;
using Winnow.Curation.Tests.Signals;

namespace Winnow.Curation.Tests.Filters;

public class C4LinesTests
{
    private readonly C4Lines _lines = new();

    [Fact]
    public void Lines_are_kept_and_dropped_as_by_hand()
    {
        const string Text = "  A line that is kept. It has two sentences!\r\nNo mark at the end\nToo short.\nThis one trails off...\n"
            + "Enable JavaScript to see this page.\nWe use cookies on this page.\nCited here [12] and there[citation needed], kept.\n\"Three in quotes,\" he said. \"Yes!\" and so on?\n";
        Assert.Null(_lines.Read(Encoding.UTF8.GetBytes(Text)));
        Assert.Equal(["A line that is kept. It has two sentences!", "Cited here [12] and there[citation needed], kept.", "\"Three in quotes,\" he said. \"Yes!\" and so on?"],
            _lines.Kept.Select(static r => Text.Substring(r.Start, r.Length)));
        Assert.Equal("A line that is kept. It has two sentences!\nCited here  and there, kept.\n\"Three in quotes,\" he said. \"Yes!\" and so on?", Encoding.UTF8.GetString(_lines.Text));
        Assert.Equal(2 + 1 + 3, _lines.SentenceCount);
        Assert.Equal(8, _lines.LineCount);
    }

    [Theory]
    [InlineData("This has lorem IPSUM in it.\nThis has a { in it.", "c4_lorem_ipsum")]
    [InlineData("This has a { in it.\nThis has lorem IPSUM in it.", "c4_curly_bracket")]
    [InlineData("One two three. Four five six.", "c4_sentence_count")]
    [InlineData("", "c4_sentence_count")]
    // The tests of a line come first: these are dropped before the words are looked for.
    [InlineData("lorem ipsum without a mark {", "c4_sentence_count")]
    public void Texts_are_rejected_for_the_first_reason(string text, string reason) => Assert.Equal(reason, _lines.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_word_of_more_than_a_thousand_characters_drops_its_line()
    {
        var lines = new C4Lines(new C4Options { MinSentences = 1 });
        Assert.Null(lines.Read(Encoding.UTF8.GetBytes($"two words {new string('é', 1000)}.".Replace("é.", ".", StringComparison.Ordinal))));
        Assert.Equal("c4_sentence_count", lines.Read(Encoding.UTF8.GetBytes($"two words {new string('é', 1001)} here.")));
    }

    [Theory]
    [InlineData("One. Two? Three!", 3)]
    [InlineData("One", 1)]
    [InlineData("Version 3.5 of e.g.this.", 1)]
    [InlineData("He said \"no.\" Then left...", 2)]
    [InlineData("你好。世界！再见", 3)]
    [InlineData("?! Really", 2)]
    public void Sentences_end_at_marks_before_white_space(string line, int sentences) => Assert.Equal(sentences, Utf8.Sentences(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Citations_are_numbers_in_brackets_and_two_words()
    {
        var lines = new C4Lines(new C4Options { MinSentences = 0 });
        lines.Read("a [] b [edit] c [1a] d [١٢] e [[3]] f [ g."u8);
        Assert.Equal("a  b  c [1a] d  e [] f [ g.", Encoding.UTF8.GetString(lines.Text));
    }

    [Fact]
    public void Signals_say_the_same()
    {
        var evaluator = new SignalEvaluator(SignalCatalog.Resolve(["c4"]));
        var values = new double[5];
        evaluator.Compute("One two three. Four.\nshort\nThis is { a bracket.\nOne more line is kept."u8, values);
        Assert.Equal([3, 0, 1, 0.5, 20], values);
    }

    [Fact]
    public void Any_text_keeps_the_lines_of_the_plain_rules() => Texts.Check(text =>
    {
        var lines = new C4Lines(new C4Options { MinSentences = 0, MinWordsPerLine = 2 });
        var bytes = Texts.Bytes(text);
        lines.Read(bytes);
        var expected = new List<string>();
        foreach (var line in Naive.SplitLines(text).Select(Naive.Trim))
        {
            var words = Words(line).ToList();
            var clean = System.Text.RegularExpressions.Regex.Replace(line, @"\[\d*]|\[edit]|\[citation needed]", "");
            var lower = clean.ToLowerInvariant();
            if (".?!\"'".Contains(clean.LastOrDefault('x'), StringComparison.Ordinal) && !clean.EndsWith("...", StringComparison.Ordinal) && words.Count >= 2
                && !lower.Contains("lorem ipsum", StringComparison.Ordinal) && !lower.Contains("javascript", StringComparison.Ordinal) && !clean.Contains('{', StringComparison.Ordinal)
                && !lower.Contains("use cookies", StringComparison.Ordinal))
            {
                expected.Add(line);
            }
        }

        Assert.Equal(expected, lines.Kept.Select(r => Encoding.UTF8.GetString(bytes.AsSpan(r.Start, r.Length))));
    });

    private static IEnumerable<string> Words(string line)
    {
        var word = "";
        foreach (var rune in line.EnumerateRunes())
        {
            if (!Naive.IsSpace(rune))
            {
                word += rune.ToString();
            }
            else if (word.Length > 0)
            {
                yield return word;
                word = "";
            }
        }

        if (word.Length > 0)
        {
            yield return word;
        }
    }
}
