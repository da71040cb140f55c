using System.Globalization;
using System.Text;
using System.Text.Json;
using Tokenizers.DotNet;
using Winnow.Embedding.Tests.Support;
using Winnow.Numerics;

namespace Winnow.Embedding.Tests;

public sealed class WordPieceTests(Networks networks) : IClassFixture<Networks>
{
    private static readonly string[] s_hard =
    [
        "Hello, world! unaffable", "Café naïve résumé ÀÉÎÕÜ", "a\ttab\nand\r\nlines\u00a0and\u2003spaces", "don't stop—now… (really?) $5.00 #1 @home", "东京 tower がんばって 한국어 조사", "emoji 😀 ok 👩‍👩‍👧 done",
        "ﬁ ½ ™ ° µ Ω", "zero\u200bwidth and\u0000nul and \ufffd", "ß ẞ Straße ΣΑΣ ΐ", "é e\u0301 ñ n\u0303 ḍ̇", "under_score-and-hyphen/slash\\back", "x", "", "   ", "Привет, мир! ёжик й", "Tiếng Việt có dấu", "1234567890 3.14159 1e-5", "the THE The tHe",
    ];

    // Hugging Face's own library with the normaliser and splitter that this model is published with.
    [Fact]
    public void Tokens_are_those_of_Hugging_Faces_library()
    {
        using var folder = new TemporaryFolder();
        using var embedder = networks.MiniLm();
        var vocabulary = File.ReadAllLines(Directory.GetFiles(networks.Options().CacheFolder, "vocab.txt", SearchOption.AllDirectories).Single());
        var peer = new Tokenizer(folder.Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            version = "1.0",
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary.Index().ToDictionary(static token => token.Item, static token => token.Index) },
        })));
        var random = Rng.Derive(1, 0, "texts").Sequence();
        foreach (var text in s_hard.Concat(Enumerable.Range(0, 300).Select(_ => Text(ref random))))
        {
            long[] expected = [101, .. peer.Encode(text).Select(static token => (long)token).Take(254), 102];
            Assert.True(expected.SequenceEqual(embedder.Tokens(text)), $"{text}: {string.Join(' ', expected)} expected, {string.Join(' ', embedder.Tokens(text))} found");
        }
    }

    // Letters, digits, punctuation and accents of Latin, Greek and Cyrillic.
    private static string Text(ref RngSequence random)
    {
        var text = new StringBuilder();
        for (var length = random.Next(60); length > 0; length--)
        {
            var letter = (char)(random.Next(3) == 0 ? ' ' : random.Next(2) == 0 ? 0x21 + random.Next(0x5e) : 0xa1 + random.Next(0x400));

            // What no character is yet, one library leaves out and the other one keeps.
            text.Append(char.GetUnicodeCategory(letter) == UnicodeCategory.OtherNotAssigned ? ' ' : letter);
        }

        return text.ToString();
    }

    [NumpyFact]
    public void What_remains_of_letters_is_what_Unicodes_tables_say()
    {
        var (code, output) = Python.Run("""
            import unicodedata as u
            for c in range(0x80, 0x10000):
                if 0xD800 <= c <= 0xDFFF or 0xF900 <= c <= 0xFAFF or u.category(chr(c)) == 'Cn': continue
                s = ''.join(x for x in u.normalize('NFD', chr(c)) if u.category(x) != 'Mn')
                if len(s) < 2 or 0xAC00 <= c: print(c, *map(ord, s))
            """);
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 50_000);
        foreach (var line in lines)
        {
            var numbers = Array.ConvertAll(line.Split(' '), int.Parse);
            var text = new StringBuilder();
            Accents.Append(text, new Rune(numbers[0]));
            Assert.True(text.ToString().Select(static letter => (int)letter).SequenceEqual(numbers[1..]), $"U+{numbers[0]:X4}: {line}, found {string.Join(' ', text.ToString().Select(static letter => (int)letter))}");
        }
    }
}
