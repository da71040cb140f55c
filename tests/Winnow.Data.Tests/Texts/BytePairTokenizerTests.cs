using System.Runtime.InteropServices;
using System.Text;
using Winnow.Data.Texts;

namespace Winnow.Data.Tests.Texts;

public sealed class BytePairTokenizerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 400).Select(static k => Some(new Random(k)))];

    private static readonly BytePairTokenizer s_tokenizer = BytePairTokenizer.Train(s_texts, 500);

    [Fact]
    public void Any_text_comes_back_from_its_tokens()
    {
        string[] others = ["", " ", "\0\r\n\t", "naïve 漢字 🙂🙂  \u2003x", new string('a', 5000), BytePairTokenizer.EndOfText, .. Enumerable.Range(1000, 500).Select(static k => Some(new Random(k)))];
        Assert.All(others, static text =>
        {
            var tokens = s_tokenizer.Encode(text);
            Assert.Equal(text, s_tokenizer.Decode(tokens));
            Assert.Equal(Encoding.UTF8.GetBytes(text), s_tokenizer.DecodeBytes(tokens));
            Assert.DoesNotContain(s_tokenizer.EndToken!.Value, tokens);
        });
        Assert.Equal("", s_tokenizer.Decode([s_tokenizer.EndToken!.Value]));
        Assert.Throws<ArgumentOutOfRangeException>(static () => s_tokenizer.Decode([s_tokenizer.Size]));
    }

    // The library that everybody's tokenizers are made with reads our file, and says the same of every text.
    [HuggingFaceFact]
    public void Hugging_Faces_library_encodes_every_text_the_same()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var stream = File.Create(path))
            {
                TokenizerFile.Write(stream, s_tokenizer);
            }

            using var theirs = new Tokenizers.DotNet.Tokenizer(path);
            Assert.All(Enumerable.Range(0, 3000), k =>
            {
                var text = Some(new Random(k));
                Assert.Equal(theirs.Encode(text).Select(static token => (int)token), s_tokenizer.Encode(text));
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_is_read_back_as_the_tokenizer_that_it_was()
    {
        var bytes = Written(s_tokenizer);
        var back = TokenizerFile.Read(new MemoryStream(bytes), "tokenizer.json");
        Assert.Equal((s_tokenizer.Size, s_tokenizer.EndToken), (back.Size, back.EndToken));
        Assert.All(s_texts, text => Assert.Equal(s_tokenizer.Encode(text), back.Encode(text)));
        Assert.Equal(bytes, Written(back));
    }

    // The rule, by an obvious program: the most frequent pair within words, of equals the one with the smaller numbers.
    [Fact]
    public void Merges_are_those_of_an_obvious_program()
    {
        string[] texts = ["low low low low low lower lower newest newest newest newest newest newest widest widest widest", "aaaa aaaaaaa ab abab ababab"];
        var tokenizer = BytePairTokenizer.Train(texts, 290);
        var words = texts.SelectMany(Words).CountBy(static word => word).Select(static entry => (Tokens: Encoding.UTF8.GetBytes(entry.Key).Select(static value => (int)value + 1000).ToList(), Count: entry.Value)).ToList();
        var names = Enumerable.Range(0, 256).ToDictionary(static value => value + 1000, static value => new byte[] { (byte)value });
        var rank = names.Keys.OrderBy(id => tokenizer.Encode(Encoding.Latin1.GetString(names[id])).Last()).Select(static (id, k) => (id, k)).ToDictionary(static pair => pair.id, static pair => pair.k);
        var merged = new List<byte[]>();
        for (var next = 256; merged.Count < 290 - 257; next++)
        {
            var counts = words.SelectMany(static word => word.Tokens.Zip(word.Tokens.Skip(1)).Select(pair => (pair, word.Count))).GroupBy(static entry => entry.pair).Select(static group => (Pair: group.Key, Count: group.Sum(static entry => entry.Count))).ToList();
            var best = counts.Where(static entry => entry.Count >= 2).OrderByDescending(static entry => entry.Count).ThenBy(entry => rank[entry.Pair.First]).ThenBy(entry => rank[entry.Pair.Second]).Select(static entry => ((int, int)?)entry.Pair).FirstOrDefault();
            if (best is not { } pair)
            {
                break;
            }

            names[next + 2000] = [.. names[pair.Item1], .. names[pair.Item2]];
            rank[next + 2000] = next;
            merged.Add(names[next + 2000]);
            foreach (var (tokens, _) in words)
            {
                for (var k = 0; k + 1 < tokens.Count; k++)
                {
                    if ((tokens[k], tokens[k + 1]) == pair)
                    {
                        tokens[k] = next + 2000;
                        tokens.RemoveAt(k + 1);
                    }
                }
            }
        }

        Assert.True(merged.Count > 15, $"{merged.Count}");
        Assert.Equal(merged.Select(Encoding.UTF8.GetString), Enumerable.Range(257, tokenizer.Size - 257).Select(token => tokenizer.Decode([token])));

        static IEnumerable<string> Words(string text) => text.Split(' ').Select(static (word, k) => k == 0 ? word : " " + word);
    }

    [Fact]
    public void The_order_of_texts_changes_nothing_and_more_tokens_begin_with_the_same()
    {
        Assert.Equal(Written(s_tokenizer), Written(BytePairTokenizer.Train(s_texts.Reverse(), 500)));
        var smaller = BytePairTokenizer.Train(s_texts, 400);
        Assert.Equal(Enumerable.Range(257, 143).Select(k => smaller.NameOf(k)), Enumerable.Range(257, 143).Select(static k => s_tokenizer.NameOf(k)));
        Assert.Equal(257, BytePairTokenizer.Train(["abcdefg"], 5000).Size);
        Assert.Contains("257", Assert.Throws<DataException>(static () => BytePairTokenizer.Train(["a"], 100)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Damages => new()
    {
        { "\"type\": \"BPE\"", "\"type\": \"Unigram\"", "t.json: its model is of type Unigram, where BPE is what can be read here: byte-level byte-pair tokenizers as GPT-2's." },
        { "\"byte_fallback\": false", "\"byte_fallback\": true", "t.json: its model is one with an unknown token, prefixes, suffixes, byte fallback or dropout, where one of bytes alone is what can be read here: byte-level byte-pair tokenizers as GPT-2's." },
        { "\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}", "t.json: its normalizer is given, where none is what can be read here: byte-level byte-pair tokenizers as GPT-2's." },
        { "\"use_regex\": true", "\"use_regex\": false", "t.json: its pre_tokenizer is another than ByteLevel without a space put before, where that is what can be read here: byte-level byte-pair tokenizers as GPT-2's." },
        { "\"!\": 1,", "", "t.json: its vocabulary has no token for the byte 33, so that not every text can be written; byte-level tokenizers have all 256." },
        { "\"!\": 1,", "\"!\": 2,", "t.json: the tokens \"!\" and \"\"\" have the same number 2; the file is damaged." },
        { "\"!\": 1,", "\"!\": 999999,", "t.json: the token \"!\" has the number 999999, and there are 500; the file is damaged." },
        { "\"model\"", "\"mode1\"", "t.json: not what a tokenizer.json holds: The given key was not present in the dictionary. Fetch it or write it again." },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Another_kind_of_tokenizer_and_damage_are_refused_by_name(string there, string instead, string message)
    {
        var text = Encoding.UTF8.GetString(Written(s_tokenizer));
        Assert.Contains(there, text, StringComparison.Ordinal);
        var at = text.IndexOf(there, StringComparison.Ordinal);
        var damaged = text[..at] + instead + text[(at + there.Length)..];
        Assert.Equal(message, Assert.Throws<DataException>(() => TokenizerFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(damaged)), "t.json")).Message);
    }

    [Fact]
    public void Files_cut_off_anywhere_are_refused()
    {
        var bytes = Written(s_tokenizer);
        for (var length = 0; length < bytes.Length - 2; length += 97)
        {
            Assert.Throws<DataException>(() => TokenizerFile.Read(new MemoryStream(bytes, 0, length), "t.json"));
        }
    }

    private static byte[] Written(BytePairTokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        TokenizerFile.Write(stream, tokenizer);
        return stream.ToArray();
    }

    // Words, contractions, digits, every kind of space and characters of all planes.
    private static string Some(Random random)
    {
        var text = new StringBuilder();
        var length = random.Next(1, 60);
        while (text.Length < length)
        {
            switch (random.Next(6))
            {
                case 0:
                    text.Append("  \n\t\u00a0\u2003\u0085\r"[random.Next(8)]);
                    break;
                case 1:
                    text.Append((char)random.Next(32, 127));
                    break;
                case 2:
                    var value = random.Next(1, 0x20000);
                    text.Append(value is >= 0xD800 and < 0xE000 ? "é" : char.ConvertFromUtf32(value));
                    break;
                case 3:
                    text.Append("'s 't's 'LL I'll've"[random.Next(14)..]);
                    break;
                case 4:
                    text.Append(random.Next(1000));
                    break;
                default:
                    text.Append(" the other");
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>A test against Hugging Face's tokenizers, whose package has a native library for this system alone.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class HuggingFaceFactAttribute : FactAttribute
    {
        public HuggingFaceFactAttribute() => Skip = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? null! : "the package of Hugging Face's tokenizers is for Linux on x64";
    }
}
