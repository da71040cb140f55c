using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Winnow.Curation.Resampling;
using Winnow.Curation.Tests.Signals;

namespace Winnow.Curation.Tests.Resampling;

public class NGramBucketsTests
{
    [Fact]
    public void The_buckets_of_the_published_program()
    {
        // p-lambda/dsir, tests: alice is in bucket 6720 and "alice went" in 114; the others by its rule.
        var buckets = new NGramBuckets();
        Assert.Equal([6720, 5816, 2441, 8288, 1712, 3960, 114, 4126, 1087, 1661, 3041], buckets.Read("Alice went to the shop."u8).ToArray());
        Assert.Equal(6, buckets.WordCount);
        Assert.Equal(1529, buckets.Read("hello  WORLD"u8)[2]);
    }

    [Theory]
    // Runs of signs are one word, as in nltk's WordPunctTokenizer; marks are no part of \w in Python.
    [InlineData("wait...what?!", "wait|...|what|?!")]
    [InlineData("$3.88 it's", "$|3|.|88|it|'|s")]
    [InlineData("e\u0301a", "e|\u0301|a")]
    [InlineData("世界。x", "世界|。|x")]
    [InlineData("ΣΑΣ İ", "σας|i|\u0307")]
    [InlineData("a\u001cb", "a|b")]
    public void Words_are_those_of_the_published_program(string text, string words)
    {
        var expected = words.Split('|');
        var buckets = new NGramBuckets();
        var actual = buckets.Read(Texts.Bytes(text));
        Assert.Equal(expected.Length, buckets.WordCount);
        Assert.Equal(expected.Select(static w => Bucket(w, 10000)).Concat(expected.Zip(expected.Skip(1), static (a, b) => Bucket($"{a} {b}", 10000))), actual.ToArray());
    }

    [Fact]
    public void Any_text_has_the_buckets_of_the_plain_rule_with_a_cache_of_any_size()
    {
        NGramBuckets[] all = [new(), new(10000, 2, 4), new(7, 2, 64), new((1 << 28) - 57, 1)];
        Texts.Check(text =>
        {
            var words = Words(text);
            foreach (var buckets in all)
            {
                var actual = buckets.Read(Texts.Bytes(text)).ToArray();
                Assert.Equal(words.Count, buckets.WordCount);
                var expected = words.Select(w => Bucket(w, buckets.Buckets));
                Assert.Equal(buckets == all[3] ? expected : expected.Concat(words.Zip(words.Skip(1), (a, b) => Bucket($"{a} {b}", buckets.Buckets))), actual);
            }
        });
    }

    [Fact]
    public void Words_of_any_length_are_hashed()
    {
        var buckets = new NGramBuckets();
        for (var length = 1; length < 200; length++)
        {
            string word = new('x', length), wide = new('世', length);
            Assert.Equal([Bucket(word, 10000), Bucket(wide, 10000), Bucket($"{word} {wide}", 10000)], buckets.Read(Encoding.UTF8.GetBytes($"{word} {wide}")).ToArray());
        }
    }

    [Fact]
    public void More_words_than_are_kept_change_nothing()
    {
        var buckets = new NGramBuckets();
        var many = new StringBuilder();
        for (var i = 0; i < 600_000; i++)
        {
            many.Append('w').Append(i).Append(' ');
        }

        buckets.Read(Encoding.UTF8.GetBytes(many.ToString()));
        Assert.Equal(600_000, buckets.WordCount);
        Assert.Equal([6720, 5816, 114], buckets.Read("alice went"u8).ToArray());
    }

    [Fact]
    public void What_is_no_utf8_is_read_as_replacement_characters() =>
        Assert.Equal([Bucket("a", 10000), Bucket("\ufffd\ufffd", 10000), Bucket("a \ufffd\ufffd", 10000)], new NGramBuckets().Read([(byte)'a', 0x80, 0xFF]).ToArray());

    [Fact]
    public void A_score_is_the_sum_over_words_and_pairs()
    {
        double[] values = [.. Enumerable.Range(0, 10000).Select(static b => b / 64.0)];
        Assert.Equal((6720 + 5816 + 114) / 64.0, new NGramBuckets().Score("alice went"u8, values));
        Assert.Equal(0, new NGramBuckets().Score([], values));
        Assert.Throws<ArgumentException>(() => new NGramBuckets(5).Score([], values));
    }

    private static int Bucket(string word, int buckets) => (int)(new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(word)), isUnsigned: true, isBigEndian: true) % buckets);

    private static List<string> Words(string text)
    {
        // Python's \w has no marks and no connectors but the low line.
        var lower = string.Concat(text.EnumerateRunes().Select(static r => r.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(r).ToString()));
        lower = Regex.Replace(lower, "(?<=[a-zïéα-ω\u0301\u0307]['’.\u0301\u0307\u200d]*)σ(?!['’.\u0301\u0307\u200d]*[a-zïéα-ωⅻ])", "ς");
        return [.. Regex.Matches(lower, @"(?:\p{L}|\p{N}|_)+|(?:(?!\p{L}|\p{N}|_|\s|[\u001c-\u001f])(?:[\ud800-\udbff][\udc00-\udfff]|.))+", RegexOptions.Singleline).Select(static m => m.Value)];
    }
}
