using System.Text.RegularExpressions;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Tests.Signals;

public class GopherTests
{
    private static readonly Signal[] s_signals = [.. SignalCatalog.Resolve(["gopher"])];
    private readonly SignalEvaluator _evaluator = new(s_signals);
    private readonly double[] _values = new double[s_signals.Length];

    [Fact]
    public void A_sentence_counted_by_hand()
    {
        var values = Of("The cat and the dog have #1: it's with 3.5 cats...");
        // The cat and the dog have # 1 : it's with 3.5 cats ...
        Assert.Equal(14, values["token_count"]);
        Assert.Equal(11, values["word_count"]);
        Assert.Equal(35.0 / 11, values["mean_word_length"]);
        Assert.Equal(1.0 / 14, values["hash_to_word_ratio"]);
        Assert.Equal(1.0 / 14, values["ellipsis_to_word_ratio"]);
        Assert.Equal(9.0 / 14, values["alphabetic_word_fraction"]);
        Assert.Equal(4, values["stop_word_kinds"]);
        Assert.Equal(1, values["ellipsis_line_fraction"]);
        Assert.Equal(0, values["bullet_line_fraction"]);
    }

    [Fact]
    public void Repetition_counted_by_hand()
    {
        var values = Of("a b c d e f a b c d e g\nx\nx\n\nx");
        Assert.Equal(5.0 / 30, values["duplicate_5gram_char_fraction"]);
        Assert.Equal(0, values["duplicate_6gram_char_fraction"]);
        // "a b" and "x x" twice each; the first is taken.
        Assert.Equal(6.0 / 30, values["top_2gram_char_fraction"]);
        Assert.Equal(10.0 / 30, values["top_3gram_char_fraction"]);
        Assert.Equal(2.0 / 4, values["duplicate_line_fraction"]);
        Assert.Equal(2.0 / 30, values["duplicate_line_char_fraction"]);
        Assert.Equal(0, values["duplicate_paragraph_fraction"]);
    }

    [Fact]
    public void Han_letters_are_words_and_marks_belong_to_their_letters()
    {
        var values = Of("世界。e\u0301te\u0301");
        Assert.Equal(4, values["token_count"]);
        Assert.Equal(3, values["word_count"]);
        Assert.Equal(7.0 / 3, values["mean_word_length"]);
        Assert.Equal(8, values["char_count"]);
    }

    [Fact]
    public void What_is_no_utf8_counts_as_replacement_characters()
    {
        // A lone continuation, an overlong form (2 parts), a surrogate (3 parts), a cut-off sequence (1 part).
        byte[] broken = [(byte)'a', 0x80, 0xC0, 0xAF, 0xED, 0xA0, 0x80, (byte)'b', 0xF0, 0x9F, 0x98];
        _evaluator.Compute(broken, _values);
        var values = Named();
        Assert.Equal(2 + 6 + 1, values["char_count"]);
        Assert.Equal(Naive.Length(Naive.Decode(broken)), values["char_count"]);
        Assert.Equal(2, values["word_count"]);
        Assert.Equal(4, values["token_count"]);
    }

    [Fact]
    public void An_empty_text_has_no_repetition_and_no_mean()
    {
        var values = Of("");
        Assert.Equal(0, values["word_count"]);
        Assert.Equal(double.NaN, values["mean_word_length"]);
        Assert.All(SignalCatalog.Resolve(["gopher-repetition"]), s => Assert.Equal(0, values[s.Name]));
    }

    [Fact]
    public void Any_text_has_the_values_of_the_plain_rules() => Texts.Check(text =>
    {
        var values = Of(text);
        var tokens = Naive.Tokens(text);
        var words = tokens.Where(Naive.IsWord).ToList();
        double length = Naive.Length(text);
        Assert.Equal(tokens.Count, values["token_count"]);
        Assert.Equal(words.Count, values["word_count"]);
        Assert.Equal(words.Count == 0 ? double.NaN : (double)words.Sum(Naive.Length) / words.Count, values["mean_word_length"]);
        Assert.Equal(Ratio(text.Count(static c => c == '#'), tokens.Count), values["hash_to_word_ratio"]);
        Assert.Equal(Ratio(Regex.Count(text, "\\.\\.\\.") + text.Count(static c => c == '…'), tokens.Count), values["ellipsis_to_word_ratio"]);
        Assert.Equal(Ratio(tokens.Count(static t => t.EnumerateRunes().Any(Naive.IsLetter)), tokens.Count), values["alphabetic_word_fraction"]);
        Assert.Equal(words.Intersect(["the", "be", "to", "of", "and", "that", "have", "with"]).Count(), values["stop_word_kinds"]);
        var lines = Naive.SplitLines(text).Select(Naive.Trim).ToList();
        Assert.Equal(Share(lines.Count(static l => l.StartsWith('•') || l.StartsWith('-')), lines.Count), values["bullet_line_fraction"]);
        Assert.Equal(Share(lines.Count(static l => l.EndsWith("...", StringComparison.Ordinal) || l.EndsWith('…')), lines.Count), values["ellipsis_line_fraction"]);
        Segments(Regex.Split(Naive.Trim(text), "\n{2,}"), "paragraph");
        Segments(Regex.Split(text, "\n+"), "line");
        for (var n = 2; n <= 4; n++)
        {
            Assert.Equal(Share(Naive.TopNGram(tokens, n), length), values[$"top_{n}gram_char_fraction"]);
        }

        for (var n = 5; n <= 10; n++)
        {
            Assert.Equal(Share(Naive.DuplicateNGrams(tokens, n), length), values[$"duplicate_{n}gram_char_fraction"]);
        }

        void Segments(string[] pieces, string what)
        {
            var (elements, characters) = Naive.Duplicates(pieces);
            Assert.Equal(Share(elements, pieces.Length), values[$"duplicate_{what}_fraction"]);
            Assert.Equal(Share(characters, length), values[$"duplicate_{what}_char_fraction"]);
        }
    });

    [Fact]
    public void Ten_megabytes_are_one_text_and_the_next_small_one_is_not_disturbed()
    {
        var sentence = Texts.Bytes("the quick brown fox jumps over the lazy dog and 世界 runs. ");
        var big = new byte[10 << 20];
        for (var i = 0; i < big.Length; i++)
        {
            big[i] = sentence[i % sentence.Length];
        }

        _evaluator.Compute(big, _values);
        var values = Named();
        // All but the first sentence's words is repeated.
        Assert.InRange(values["duplicate_10gram_char_fraction"], 0.7, 1);
        Any_text_has_the_values_of_the_plain_rules();
    }

    [Fact]
    public void Texts_of_usual_length_allocate_nothing()
    {
        var text = Texts.Bytes(string.Concat(Enumerable.Range(0, 300).Select(static i => $"word{i} the 世 it's 3.5!\n")));
        var all = new SignalEvaluator(SignalCatalog.All, ["the bad word"]);
        var values = new double[SignalCatalog.All.Count];
        for (var i = 0; i < 3; i++)
        {
            all.Compute(text, values);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        all.Compute(text, values);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static double Ratio(double part, double whole) => whole == 0 ? double.NaN : part / whole;

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;

    private Dictionary<string, double> Of(string text)
    {
        _evaluator.Compute(Texts.Bytes(text), _values);
        return Named();
    }

    private Dictionary<string, double> Named() => s_signals.Select((s, i) => (s.Name, Value: _values[i])).ToDictionary(static p => p.Name, static p => p.Value, StringComparer.Ordinal);
}
