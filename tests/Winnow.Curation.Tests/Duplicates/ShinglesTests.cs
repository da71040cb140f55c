using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Winnow.Curation.Duplicates;

namespace Winnow.Curation.Tests.Duplicates;

public class ShinglesTests
{
    [Theory]
    [InlineData("The cat, the CAT!", "the cat the cat")]
    [InlineData("a\u0301 b", "a\u0301b", false)]
    [InlineData("Straße 12", "STRAßE-12")]
    [InlineData("ÉCOLE", "école")]
    [InlineData("日本語", "日 本 語")]
    [InlineData("日本語x", "日 本 語 x")]
    [InlineData("a\U0001F600b", "a b")]
    [InlineData("a b", "ab", false)]
    [InlineData("longerthan8bytes", "longerthan8byteS")]
    [InlineData("longerthan8bytes", "longerthan8byte", false)]
    [InlineData("ab cdefghij", "abcdefgh ij", false)]
    [InlineData("", " .,;!")]
    public void Case_punctuation_and_spaces_dont_count_and_letters_do(string a, string b, bool same = true) => Assert.Equal(same, Of(a).SequenceEqual(Of(b)));

    [Fact]
    public void A_word_ends_where_its_bytes_do()
    {
        var (words, ends) = (new List<ulong>(), new List<int>());
        Words.Add("Ja, éa 日x"u8, words, ends);
        Assert.Equal([2, 7, 11, 12], ends);
    }

    [Fact]
    public void Invalid_bytes_part_words_and_throw_nothing() => Assert.Equal(Of("a b"), Words2([(byte)'a', 0xFF, (byte)'b']));

    [Fact]
    public void A_text_of_fewer_words_than_a_shingle_has_none()
    {
        Assert.Empty(new Shingles(5).SetOf("one two three four"u8));
        Assert.Single(new Shingles(5).SetOf("one two three four five"u8));
        Assert.Equal(2, new Shingles(5).SetOf("one two three four five six"u8).Length);
    }

    [Fact]
    public void Order_counts_and_repeats_dont()
    {
        Assert.NotEqual(new Shingles(2).SetOf("a b"u8), new Shingles(2).SetOf("b a"u8));
        Assert.Equal(new Shingles(2).SetOf("a b a b"u8), new Shingles(2).SetOf("b a b a b a b"u8));
    }

    [Fact]
    public void Jaccard_is_that_of_sets() => Prop.ForAll<int[], int[]>((a, b) =>
    {
        var (x, y) = (Set(a), Set(b));
        var all = x.Union(y).Count();
        return Shingles.Jaccard(x, y) == (all == 0 ? 0 : (double)x.Intersect(y).Count() / all);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Words_are_split_where_a_reader_of_runes_would() => Prop.ForAll<string?>(static text =>
    {
        // The plainest way: every rune by itself, and a blank where a word ends.
        var plain = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            var lower = Rune.ToLowerInvariant(rune);
            plain.Append(Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is >= System.Globalization.UnicodeCategory.NonSpacingMark and <= System.Globalization.UnicodeCategory.EnclosingMark or System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.OtherNumber ? lower.ToString() : " ");
        }

        return Of(text ?? "").SequenceEqual(Of(plain.ToString()));
    }).QuickCheckThrowOnFailure();

    private static ulong[] Set(int[] values) => [.. values.Select(static value => (ulong)(value & 15)).Distinct().Order()];

    private static List<ulong> Of(string text) => Words2(Encoding.UTF8.GetBytes(text));

    private static List<ulong> Words2(byte[] text)
    {
        var words = new List<ulong>();
        Words.Add(text, words);
        return words;
    }
}
