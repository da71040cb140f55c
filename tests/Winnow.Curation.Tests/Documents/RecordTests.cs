using System.IO.Compression;
using System.Text;
using Winnow.Curation.Documents;
using Winnow.Curation.Duplicates;
using Winnow.Data;

namespace Winnow.Curation.Tests.Documents;

public sealed class RecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}\n")]
    [InlineData("{\"text\":\"a\"}\r\n\r\n  {\"text\":\"b\"}  ")]
    [InlineData("\uFEFF{\"text\":\"a\"}\n\n\n{\"text\":\"b\"}")]
    [InlineData("{\"x\":[1,{\"text\":\"no\"}],\"text\":\"a\"}\n{\"text\":\"no\",\"text\":\"b\",\"y\":null}")]
    public void Lines_become_records(string content) => Assert.Equal(["a", "b"], Texts(_folder.Write("in.jsonl", content)));

    [Theory]
    [InlineData("{\"text\":\"\\u00e9\\n\\\"\\/\\\\\\t\"}", "é\n\"/\\\t", false)]
    [InlineData("{\"text\":\"\\ud83d\\ude00x\"}", "\U0001F600x", false)]
    [InlineData("{\"text\":\"\\ud83dx\"}", "\uFFFDx", true)]
    [InlineData("{\"text\":\"a\\ude00\\ud83d\\ud83d\\ude00\\n\"}", "a\uFFFD\uFFFD\U0001F600\n", true)]
    [InlineData("{\"text\":null}", "", false)]
    [InlineData("{\"text\":\"\"}", "", false)]
    public void Escapes_become_characters_and_halves_of_them_are_told(string line, string text, bool invalid)
    {
        var batch = Batch(_folder.Write("in.jsonl", line));
        Assert.Equal((text, invalid), (Encoding.UTF8.GetString(batch.Text(0)), batch.IsInvalid(0)));
        Assert.Equal(line, Encoding.UTF8.GetString(batch.Record(0)));
    }

    [Fact]
    public void Bytes_that_are_no_Unicode_are_told_and_the_record_stays_as_it_is()
    {
        byte[] line = [.. "{\"text\":\"a"u8, 0xFF, .. "\\n\"}"u8];
        var batch = Batch(_folder.Write("in.jsonl", line));
        Assert.Equal(("a\uFFFD\n", true), (Encoding.UTF8.GetString(batch.Text(0)), batch.IsInvalid(0)));
        Assert.Equal(line, batch.Record(0).ToArray());
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    public void Packed_files_of_several_members_are_one(string ending)
    {
        byte[] Pack(string lines) => RecordPacking.Pack($"x.{ending}", Encoding.UTF8.GetBytes(lines));
        byte[] packed = [.. Pack("{\"text\":\"a\"}\n{\"te"), .. Pack("xt\":\"b\"}\n"), .. RecordPacking.Empty($"x.{ending}"), .. Pack("{\"text\":\"c\"}")];
        var path = _folder.Write($"in.jsonl.{ending}", packed);
        Assert.Equal(["a", "b", "c"], Texts(path));
        File.WriteAllBytes(path, packed[..^6]);
        var error = Assert.Throws<DataFormatException>(() => Texts(path));
        Assert.StartsWith($"{path} (unpacked): at byte ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Texts(_folder.Write($"empty.jsonl.{ending}", RecordPacking.Empty($"x.{ending}"))));
        Assert.Throws<DataFormatException>(() => Texts(_folder.Write($"none.jsonl.{ending}", "")));
    }

    [Fact]
    public void A_record_longer_than_a_batch_and_many_small_ones_come_whole()
    {
        // Lines over the borders of batches and of what is read at once.
        var random = new Random(3);
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), i == 7 ? 5_000_000 : random.Next(120_000)))];
        Assert.Equal(texts, Texts(Corpus(texts)));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":1}", "line 2: \"text\" is a number; it is a text.")]
    [InlineData("\n[1]", "line 2: is a list; a line is an object such as {\"text\": \"...\"}.")]
    [InlineData("{\"body\":\"a\",\"n\":1}", "line 1: has no \"text\"; there is \"body\", \"n\"; the field of the text is an input.")]
    [InlineData("{\"text\":\"a\"}\n\n{\"text\":\"a\"", "line 3: isn't JSON at byte 11; a line is an object such as {\"text\": \"...\"}. Correct it, or remove the line.")]
    [InlineData("{\"\\ud800\":1,\"text\":\"a\"}", "line 1: a field's name isn't Unicode; correct it, or remove the line.")]
    [InlineData("{\"text\":\"a\"} x", "line 1: isn't JSON at byte 13; a line is an object such as {\"text\": \"...\"}. Correct it, or remove the line.")]
    public void A_record_that_is_none_is_named_with_its_line(string content, string message)
    {
        var path = _folder.Write("in.jsonl", content);
        Assert.Equal($"{path}: {message}", Assert.Throws<RecordException>(() => Texts(path)).Message);
    }

    [Fact]
    public void A_field_may_serve_several_purposes()
    {
        var batch = Batch(_folder.Write("in.jsonl", "{\"text\":\"a\",\"n\":17}"), new() { Id = "n", Numbers = ["n"], Source = "n" });
        Assert.Equal(("17", 17.0, "17"), (batch.Id(0), batch.Number(0, 0), batch.Source(0)));
        Assert.Equal(("in.jsonl:0", "in.jsonl"), (Batch(_folder["in.jsonl"]).Id(0), Batch(_folder["in.jsonl"]).Source(0)));
    }

    [Fact]
    public void Texts_of_a_folder_are_records_of_one_shard()
    {
        _folder.Write("in/b.txt", "second \"text\"");
        _folder.Write("in/a.txt", "\uFEFFfirst");
        _folder.Write("in/sub/c.txt", [0xFF]);
        _folder.Write("in/.hidden/d.txt", "no");
        _folder.Write("in/readme.md", "no");
        var shards = Winnow.Curation.Documents.Corpus.Find([_folder["in"]]);
        Assert.Equal(["sub", "texts"], shards.Select(static shard => shard.Name));
        using var reader = RecordReader.Open(shards[1], new());
        var batch = new RecordBatch();
        Assert.True(reader.Read(batch));
        new RecordParser(new() { Id = "id" }).Parse(batch);
        Assert.Equal(("texts/a.txt", "first", "texts/b.txt", "second \"text\""), (batch.Id(0), Encoding.UTF8.GetString(batch.Text(0)), batch.Id(1), Encoding.UTF8.GetString(batch.Text(1))));
        Assert.False(reader.Read(batch));
        Assert.Equal(ShardContent.Hash(shards[1], default), reader.ContentHash());
    }

    [Fact]
    public void Links_to_folders_arent_followed_and_what_cant_be_read_is_named()
    {
        _folder.Write("in/a.jsonl", "{\"text\":\"a\"}");
        Directory.CreateSymbolicLink(_folder["in/loop"], _folder["in"]);
        File.CreateSymbolicLink(_folder["in/b.jsonl"], _folder["in/a.jsonl"]);
        Assert.Equal(["a.jsonl", "b.jsonl"], Winnow.Curation.Documents.Corpus.Find([_folder["in"]]).Select(static shard => shard.Name));
    }

    [Fact]
    public void Inputs_that_hold_nothing_or_clash_are_named()
    {
        Assert.Equal($"{_folder["none"]}: there is no such file or folder.", Assert.Throws<CurationException>(() => Winnow.Curation.Documents.Corpus.Find([_folder["none"]])).Message);
        _folder.Write("x.bin", "");
        Assert.Contains("its name doesn't say what it holds", Assert.Throws<CurationException>(() => Winnow.Curation.Documents.Corpus.Find([_folder["x.bin"]])).Message, StringComparison.Ordinal);
        Assert.Contains("holds no records", Assert.Throws<CurationException>(() => Winnow.Curation.Documents.Corpus.Find([_folder.Path])).Message, StringComparison.Ordinal);
        var (lines, text) = (_folder.Write("y.jsonl", ""), _folder.Write("y.jsonl.txt", ""));
        Assert.Contains("would be written where that of", Assert.Throws<CurationException>(() => Winnow.Curation.Documents.Corpus.Find([lines, text])).Message, StringComparison.Ordinal);
        var (a, b) = (_folder.Write("a/x.jsonl", ""), _folder.Write("b/x.jsonl", ""));
        Assert.Contains("would be written where that of", Assert.Throws<CurationException>(() => Winnow.Curation.Documents.Corpus.Find([a, b])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_shard_leaves_the_finished_ones_and_nothing_half_written()
    {
        var options = new DedupOptions { Threads = 2 };
        _folder.Write("in/a.jsonl", "{\"text\":\"one two three\"}\n");
        var good = RecordPacking.Pack("x.gz", "{\"text\":\"one two three\"}\n{\"text\":\"other\"}\n"u8);
        _folder.Write("in/b.jsonl.gz", good[..^5]);
        Assert.Throws<DataFormatException>(() => Deduplication.Run([_folder["in"]], _folder["out"], options));
        Assert.Equal([".winnow/settings.json", ".winnow/signatures/a.jsonl.sig"], new DirectoryInfo(_folder["out"]).GetFiles("*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder["out"], file.FullName)).Order(StringComparer.Ordinal));
        _folder.Write("in/b.jsonl.gz", good);
        Assert.Equal(2, Deduplication.Run([_folder["in"]], _folder["out"], options)!.Kept);
        using var kept = new StreamReader(new GZipStream(File.OpenRead(_folder["out/kept/b.jsonl.gz"]), CompressionMode.Decompress));
        Assert.Equal("{\"text\":\"other\"}\n", kept.ReadToEnd());
    }

    [Fact]
    public void Twice_does_nothing_and_an_edited_input_is_seen()
    {
        var path = _folder.Write("in.jsonl", "{\"text\":\"one\"}\n{\"text\":\"one\"}\n");
        var options = new DedupOptions();
        Assert.Equal(1, Deduplication.Run([path], _folder["out"], options)!.Kept);
        var written = File.GetLastWriteTimeUtc(_folder["out/kept/in.jsonl"]);
        Assert.Equal(1, Deduplication.Run([path], _folder["out"], options)!.Kept);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["out/kept/in.jsonl"]));
        _folder.Write("in.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
        Assert.Equal(2, Deduplication.Run([path], _folder["out"], options)!.Kept);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(_folder["out/kept/in.jsonl"]));

        // What was written is damaged.
        File.AppendAllText(_folder["out/kept/in.jsonl"], "x");
        Assert.Equal(2, Deduplication.Run([path], _folder["out"], options)!.Kept);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(_folder["out/kept/in.jsonl"]));
        Assert.Contains("was begun with other settings", Assert.Throws<CurationException>(() => Deduplication.Run([path], _folder["out"], options with { Threshold = 0.7 })).Message, StringComparison.Ordinal);
        Assert.Contains("holds other files", Assert.Throws<CurationException>(() => Deduplication.Run([path], _folder.Path, options)).Message, StringComparison.Ordinal);
    }

    private string Corpus(string[] texts) => _folder.Write("in.jsonl", string.Concat(texts.Select(static text => $"{{\"text\":\"{text}\"}}\n")));

    private static RecordBatch Batch(string path, RecordFields? fields = null)
    {
        using var reader = RecordReader.Open(Winnow.Curation.Documents.Corpus.Find([path])[0], fields ?? new());
        var batch = new RecordBatch();
        Assert.True(reader.Read(batch));
        new RecordParser(fields ?? new()).Parse(batch);
        return batch;
    }

    private static List<string> Texts(string path)
    {
        using var reader = RecordReader.Open(Winnow.Curation.Documents.Corpus.Find([path])[0], new());
        var (batch, parser, texts) = (new RecordBatch(), new RecordParser(new()), new List<string>());
        while (reader.Read(batch))
        {
            parser.Parse(batch);
            texts.AddRange(Enumerable.Range(0, batch.Count).Select(i => Encoding.UTF8.GetString(batch.Text(i))));
        }

        return texts;
    }
}
