using System.Text;
using System.Text.RegularExpressions;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Tests.Signals;

public class RedPajamaTests
{
    private static readonly Signal[] s_signals = [.. SignalCatalog.Resolve(["redpajama", "rps_doc_ldnoobw_words"])];
    private readonly SignalEvaluator _evaluator = new(s_signals, ["dog", "lazy dog", "世界"]);
    private readonly double[] _values = new double[s_signals.Length];

    [Fact]
    public void A_text_counted_by_hand()
    {
        var values = Of("The LAZY dog; the lazy dog!\n• JavaScript javascript 12 lorem, ipsum…\n");
        // Normalised: the lazy dog the lazy dog • javascript javascript 12 lorem ipsum…
        Assert.Equal(12, values["rps_doc_word_count"]);
        Assert.Equal(54.0 / 12, values["rps_doc_mean_word_length"]);
        Assert.Equal(8.0 / 12, values["rps_doc_frac_unique_words"]);
        Assert.Equal(1.0 / 65, values["rps_doc_lorem_ipsum"]);
        Assert.Equal(14.0 / 54, values["rps_doc_frac_chars_top_2gram"]);
        Assert.Equal(20.0 / 54, values["rps_doc_frac_chars_top_3gram"]);
        Assert.Equal(0, values["rps_doc_frac_chars_top_4gram"]);
        Assert.Equal(4, values["rps_doc_ldnoobw_words"]);
        // Raw: The LAZY dog ; the lazy dog ! • JavaScript javascript 12 lorem , ipsum …
        Assert.Equal(1.0 / 16, values["rps_doc_stop_word_fraction"]);
        Assert.Equal(1.0 / 16, values["rps_doc_symbol_to_word_ratio"]);
        Assert.Equal(6.0 / 16, values["rps_doc_frac_no_alph_words"]);
        Assert.Equal(1.0 / 16, values["rps_doc_frac_all_caps_words"]);
        Assert.Equal(0.5, values["rps_doc_frac_lines_end_with_ellipsis"]);
        Assert.Equal(2, values["rps_doc_num_sentences"]);
        Assert.Equal(0.5, values["rps_lines_ending_with_terminal_punctution_mark"]);
        Assert.Equal(1, values["rps_lines_javascript_counts"]);
        Assert.Equal(6, values["rps_lines_num_words"]);
        Assert.Equal(0.5, values["rps_lines_start_with_bulletpoint"]);
        Assert.Equal((0 + (2.0 / 39)) / 2, values["rps_lines_numerical_chars_fraction"], 15);
        Assert.Equal(((5.0 / 28) + (2.0 / 41)) / 2, values["rps_lines_uppercase_letter_fraction"], 15);
    }

    [Fact]
    public void Covered_words_of_repeated_runs_count_once()
    {
        // Eleven equal words: every word lies in a repeated run of 5 and of 10; of 6 different ones and one more round the last five aren't.
        Assert.Equal(1, Of(string.Join(' ', Enumerable.Repeat("aa", 11)))["rps_doc_frac_chars_dupe_10grams"]);
        var values = Of("a b c d e f x a b c d e f y");
        Assert.Equal(12.0 / 14, values["rps_doc_frac_chars_dupe_5grams"]);
        Assert.Equal(12.0 / 14, values["rps_doc_frac_chars_dupe_6grams"]);
        Assert.Equal(0, values["rps_doc_frac_chars_dupe_7grams"]);
    }

    [Theory]
    // Lower case and normalisation form D as Python has them: final sigma, a dotted capital I, a Hangul syllable of three, marks in the order of their classes.
    [InlineData("ΣΑΣ ΣΑΣ.", 6)]
    [InlineData("\u0130", 2)]
    [InlineData("한", 3)]
    [InlineData("ệ", 3)]
    [InlineData("ﬁ", 1)]
    public void Words_are_as_long_as_in_normalisation_form_d(string text, int characters)
    {
        var values = Of(text);
        Assert.Equal(characters, values["rps_doc_mean_word_length"] * values["rps_doc_word_count"]);
    }

    [Fact]
    public void Composed_and_decomposed_words_are_the_same_word()
    {
        Assert.Equal(1.0 / 4, Of("Ệ ệ e\u0323\u0302 e\u0302\u0323")["rps_doc_frac_unique_words"]);
        Assert.Equal(1.0 / 2, Of("ΣΑΣ σας")["rps_doc_frac_unique_words"]);
    }

    [Fact]
    public void Any_text_has_the_values_of_the_plain_rules() => Texts.Check(text =>
    {
        var values = Of(text);
        var words = Words(text);
        Assert.Equal(words.Count, values["rps_doc_word_count"]);
        Assert.Equal(Ratio(words.Sum(Naive.Length), words.Count), values["rps_doc_mean_word_length"]);
        Assert.Equal(Ratio(words.Distinct().Count(), words.Count), values["rps_doc_frac_unique_words"]);
        var entropy = words.GroupBy(static w => w).Sum(g => -(double)g.Count() / words.Count * Math.Log((double)g.Count() / words.Count));
        Assert.Equal(words.Count == 0 ? double.NaN : entropy, values["rps_doc_unigram_entropy"], 12);
        var content = string.Join(' ', words);
        Assert.Equal(Share(Regex.Count(content, "lorem ipsum"), Naive.Length(content)), values["rps_doc_lorem_ipsum"]);
        Assert.Equal(words.Count(static w => w is "dog" or "世界") + Pairs(words).Count(static p => p == "lazy dog"), values["rps_doc_ldnoobw_words"]);
        Assert.Equal(Share(text.Count(static c => c is '{' or '}'), Naive.Length(text)), values["rps_doc_curly_bracket"]);
        for (var n = 5; n <= 10; n++)
        {
            Assert.Equal(Share(Covered(words, n), words.Sum(Naive.Length)), values[$"rps_doc_frac_chars_dupe_{n}grams"]);
        }

        var lines = Regex.Matches(text, "[^\n]*\n|[^\n]+$").Select(static m => m.Value).ToList();
        Assert.Equal(Ratio(lines.Count(static l => Naive.Trim(l) is [.., '.' or '!' or '?' or '”']), lines.Count), values["rps_lines_ending_with_terminal_punctution_mark"]);
        Assert.Equal(Ratio(lines.Sum(static l => Words(l).Count), lines.Count), values["rps_lines_num_words"]);
        Assert.Equal(Ratio(lines.Sum(static l => Words(l).Count(static w => w == "javascript")), lines.Count), values["rps_lines_javascript_counts"]);
    });

    [Fact]
    public void A_list_is_asked_for_where_one_is_needed() =>
        Assert.Contains("rps_doc_ldnoobw_words", Assert.Throws<CurationException>(static () => new SignalEvaluator(SignalCatalog.All)).Message, StringComparison.Ordinal);

    private static List<string> Words(string text)
    {
        var plain = string.Concat(text.Where(static c => c >= 0x80 || !(char.IsPunctuation(c) || char.IsSymbol(c))));
        var decomposed = new StringBuilder();
        foreach (var rune in plain.EnumerateRunes())
        {
            var lower = rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString();
            // What the pieces of the random texts hold of letters that decompose.
            decomposed.Append(lower switch { "é" => "e\u0301", "ï" => "i\u0308", "한" => "\u1112\u1161\u11ab", "국" => "\u1100\u116e\u11a8", "어" => "\u110b\u1165", _ => lower });
        }

        // The one word with sigmas ends in a final one where no cased letter follows.
        var text2 = Regex.Replace(decomposed.ToString(), "(?<=[a-zα-ω\u0301\u0307][\u0301\u0307\u200d]*)σ(?!\\p{M}*\u200d*[a-zα-ωⅻ])", "ς");
        return [.. Split(text2)];
    }

    private static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Naive.IsSpace(rune))
            {
                word.Append(rune.ToString());
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    private static IEnumerable<string> Pairs(List<string> words) => words.Zip(words.Skip(1), static (a, b) => $"{a} {b}");

    private static int Covered(List<string> words, int n)
    {
        string[] runs = [.. Enumerable.Range(0, Math.Max(0, words.Count - n + 1)).Select(i => string.Join(' ', words.Skip(i).Take(n)))];
        return Enumerable.Range(0, words.Count)
            .Where(w => Enumerable.Range(0, runs.Length).Any(r => r <= w && w < r + n && runs.Count(x => x == runs[r]) > 1))
            .Sum(w => Naive.Length(words[w]));
    }

    private static double Ratio(double part, double whole) => whole == 0 ? double.NaN : part / whole;

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;

    private Dictionary<string, double> Of(string text)
    {
        _evaluator.Compute(Texts.Bytes(text), _values);
        return s_signals.Select((s, i) => (s.Name, Value: _values[i])).ToDictionary(static p => p.Name, static p => p.Value, StringComparer.Ordinal);
    }
}
