using System.Text;
using Winnow.Data.Texts;

namespace Winnow.Data.Tests.Texts;

public sealed class TextSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_are_plain_texts_or_prompts_with_answers_under_every_name()
    {
        Write("train.jsonl", """
            {"text": "plain", "other": 1}

            {"prompt": "p1", "response": "r1"}
            {"instruction": "p2", "completion": "r2"}
            {"instruction": "p3", "input": "about", "output": "r3"}
            {"instruction": "p4", "input": "", "output": "r4"}
            """);
        Write("test.jsonl", """{"text": "né"}""");
        var data = TextSources.Open(_folder.Path);
        Assert.Equal([new(null, "plain"), new("p1", "r1"), new("p2", "r2"), new("p3\n\nabout", "r3"), new("p4", "r4")], data.Train);
        Assert.Equal([new(null, "né")], data.Test);
        Assert.Null(data.Note);
        Assert.EndsWith(": 5 training and 1 test samples, texts, 4 of them with a prompt", data.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_test_part_equal_prompts_and_texts_are_on_one_side()
    {
        var lines = Enumerable.Range(0, 1000).SelectMany(static k => new[] { $$"""{"text": "text {{k % 500}}"}""", $$"""{"prompt": "prompt {{k % 500}}", "response": "answer {{k}}"}""" });
        Write("all.jsonl", string.Join('\n', lines));
        var data = TextSources.Open(Path.Combine(_folder.Path, "all.jsonl"));
        Assert.Equal("all", data.Name);
        Assert.Equal(2000, data.TrainCount + data.TestCount);
        Assert.InRange(data.TestCount, 50, 160);
        Assert.Empty(data.Train.Select(static sample => sample.Prompt ?? sample.Text).Intersect(data.Test.Select(static sample => sample.Prompt ?? sample.Text)));

        // By content alone: in another order the same are held out.
        Write("all.jsonl", string.Join('\n', lines.Reverse()));
        var other = TextSources.Open(Path.Combine(_folder.Path, "all.jsonl"));
        Assert.Equal(data.Test.Order(Comparer<TextSample>.Create(static (x, y) => string.CompareOrdinal(x.ToString(), y.ToString()))),
            other.Test.Order(Comparer<TextSample>.Create(static (x, y) => string.CompareOrdinal(x.ToString(), y.ToString()))));
        Assert.NotEqual(data.Fingerprint, other.Fingerprint);
    }

    [Fact]
    public void Plain_files_are_texts_and_folders_may_divide_them()
    {
        Write("train/b.txt", "second\n");
        Write("train/a/x.txt", "\uFEFFfirst");
        Write("train/.hidden/y.txt", "hidden");
        Write("train/readme.md", "no text file by its name");
        Write("val/c.txt", "held out");
        var data = TextSources.Open(_folder.Path);
        Assert.Equal([new(null, "first"), new(null, "second\n")], data.Train);
        Assert.Equal([new(null, "held out")], data.Test);
    }

    [Fact]
    public void What_is_on_both_sides_and_what_is_left_out_is_told()
    {
        Write("train.txt", "same");
        Write("test.txt", "same");
        Write("notes.txt", "other");
        Assert.Equal("1 files beside train.txt and test.txt were left out, such as notes.txt. 1 of the 1 test texts are among the training texts as well, word for word: what is measured on them is memory.",
            TextSources.Open(_folder.Path).Note);
    }

    [Fact]
    public void Fewer_texts_are_spread_over_all()
    {
        Write("train.jsonl", string.Join('\n', Enumerable.Range(0, 100).Select(static k => $$"""{"text": "{{k}}"}""")));
        Write("test.jsonl", """{"text": "t"}""");
        var data = TextSources.Open(_folder.Path);
        var few = data.Limited(4);
        Assert.Equal(["0", "25", "50", "75"], few.Train.Select(static sample => sample.Text));
        Assert.NotEqual(data.Fingerprint, few.Fingerprint);
        Assert.Equal(data.Fingerprint, TextSources.Open(_folder.Path).Fingerprint);
        Assert.Throws<DataException>(() => data.Limited(101));
    }

    public static TheoryData<string, string> BadLines => new()
    {
        { "{\"text\": \"a\"}\n{\"text\": ", "line 2: isn't JSON at byte 9; a line is an object such as {\"text\": \"...\"} or {\"prompt\": \"...\", \"response\": \"...\"}. Correct it, or remove the line." },
        { "[1]", "line 1: is a list; a line is an object such as {\"text\": \"...\"} or {\"prompt\": \"...\", \"response\": \"...\"}." },
        { "{\"body\": \"x\", \"n\": 1}", "line 1: has neither \"text\" nor a prompt (\"prompt\", \"instruction\") with its answer (\"response\", \"completion\", \"output\"); there is \"body\", \"n\"." },
        { "{\"prompt\": \"x\"}", "line 1: has \"prompt\" and no answer (\"response\", \"completion\", \"output\"); there is \"prompt\"." },
        { "{\"output\": \"x\"}", "line 1: has \"output\" and no prompt (\"prompt\", \"instruction\"); there is \"output\"." },
        { "{}", "line 1: has neither \"text\" nor a prompt (\"prompt\", \"instruction\") with its answer (\"response\", \"completion\", \"output\"); it is empty." },
        { "{\"text\": \"x\", \"prompt\": \"y\"}", "line 1: has \"text\" and \"prompt\"; a line is plain text or a prompt with its answer, not both." },
        { "{\"prompt\": \"x\", \"instruction\": \"y\", \"output\": \"z\"}", "line 1: has \"prompt\", \"instruction\", which mean the same; keep one of them." },
        { "{\"text\": 5}", "line 1: \"text\" is a number; it is a text." },
        { "{\"text\": \" \"}", "line 1: \"text\" is empty; remove the line, or put a text there." },
        { "{\"prompt\": \"x\", \"output\": \"\"}", "line 1: \"output\" is empty; remove the line, or put a text there." },
        { "{\"text\": \"\\ud800\"}", "line 1: \"text\" holds half a character, an escape of U+D800 to U+DFFF without its other half; correct it, or remove the line." },
        { "\n \n", "the file is empty; a line is an object such as {\"text\": \"...\"} or {\"prompt\": \"...\", \"response\": \"...\"}." },
    };

    [Theory]
    [MemberData(nameof(BadLines))]
    public void A_bad_line_is_named_with_its_file_and_what_it_should_be(string content, string message)
    {
        Write("x.jsonl", content);
        var path = Path.Combine(_folder.Path, "x.jsonl");
        Assert.Equal($"{path}: {message}", Assert.Throws<DataException>(() => TextSources.Open(path)).Message);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_named_by_line_and_place()
    {
        var path = Path.Combine(_folder.Path, "x.jsonl");
        File.WriteAllBytes(path, [.. "{\"text\": \"a\"}\n{\"text\": \""u8, 0xE9, .. "\"}\n"u8]);
        Assert.Equal($"{path}: line 2: byte 0xE9 at 24 isn't UTF-8; convert the file, as by iconv -f LATIN1 -t UTF-8.", Assert.Throws<DataException>(() => TextSources.Open(path)).Message);
    }

    [Fact]
    public void What_is_no_text_set_is_refused_with_what_to_do()
    {
        Write("one.txt", "alone");
        Write("sub/train.jsonl", """{"text": "x"}""");
        Write("picture.png", "");
        Write("empty/readme.md", "");
        Write("few/a.txt", "a");
        Write("same/test.txt", "a");
        Write("same/val.txt", "b");
        Write("blank/a.txt", " \n");
        Assert.Contains("is a single text, of which none could be held out", Message("one.txt"), StringComparison.Ordinal);
        Assert.Contains("there is train.jsonl and nothing to test on; put test.jsonl beside it", Message("sub"), StringComparison.Ordinal);
        Assert.Contains("isn't a file of texts by its name", Message("picture.png"), StringComparison.Ordinal);
        Assert.Contains("holds no texts", Message("empty"), StringComparison.Ordinal);
        Assert.Contains("of 1 texts none falls into the part that is held out, about one in 20", Message("few"), StringComparison.Ordinal);
        Assert.Contains("holds test.txt and val.txt, which are the same part by their names", Message("same"), StringComparison.Ordinal);
        Assert.Contains("the file is empty", Message("blank"), StringComparison.Ordinal);
        Assert.Contains("neither a file nor a folder", Message("missing"), StringComparison.Ordinal);
        var picture = Assert.Throws<DataOptionException>(() => TextSources.Open(_folder.Path, new() { ImageSize = 64 }));
        Assert.Equal(nameof(DataOptions.ImageSize), picture.Setting);
        Assert.Equal(nameof(DataOptions.Backgrounds), Assert.Throws<DataOptionException>(() => TextSources.Open(_folder.Path, new() { Backgrounds = "x" })).Setting);
        Assert.Equal(nameof(DataOptions.SkipCorrupt), Assert.Throws<DataOptionException>(() => TextSources.Open(_folder.Path, new() { SkipCorrupt = true })).Setting);

        string Message(string name) => Assert.Throws<DataException>(() => TextSources.Open(Path.Combine(_folder.Path, name))).Message;
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
    }
}
