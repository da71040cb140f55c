using System.Text;
using System.Text.Json;
using Winnow.Curation.Documents;
using Winnow.Curation.Filters;
using Winnow.Curation.Quality;
using Winnow.Curation.Signals;
using Winnow.Curation.Tests.Duplicates;

namespace Winnow.Curation.Tests.Filters;

public sealed class CorpusFilterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_record_goes_by_the_first_rule_that_it_breaks()
    {
        var texts = Corpora.Draw(500, 21);
        var input = Corpora.Write(_folder["in/a.jsonl"], texts[..200]);
        Corpora.Write(_folder["in/b.jsonl"], texts[200..], 200);
        var filter = DocumentFilter.Parse("word_count>=40", "char_count<250", "id:band=0.1..0.6");
        var result = CorpusFilter.Run([_folder["in"]], _folder["out"], filter, Options(2));

        // By hand: words are what blanks part in these texts, and each character is a byte.
        var verdicts = texts.Select((text, i) => text.Split(' ').Length < 40 ? "word_count>=40" : text.Length >= 250 ? "char_count<250" : i is < 200 or >= 450 ? "id:band=0.1..0.6" : null).ToArray();
        Assert.All(filter.Rules.Select(static rule => rule.ToString()).Append("id:band=0.1..0.6"), rule => Assert.Contains(rule, verdicts));
        Assert.Equal(Enumerable.Range(0, 500).Where(i => verdicts[i] is null), Corpora.Kept(_folder["out"]));
        Assert.Equal(["word_count>=40", "char_count<250", "id:band=0.1..0.6"], result.Rules.Select(static rule => rule.Rule));
        Assert.All(result.Rules, rule => Assert.Equal(verdicts.Count(verdict => verdict == rule.Rule), rule.Removed));
        foreach (var line in Corpora.Removed(_folder["out"]))
        {
            var i = int.Parse(line.GetProperty("id").GetString()!);
            Assert.Equal((verdicts[i], i < 200 ? "a.jsonl" : "b.jsonl", i % 200 + (i >= 400 ? 200 : 0)), (line.GetProperty("rule").GetString(), line.GetProperty("file").GetString(), line.GetProperty("row").GetInt32()));
            Assert.Equal(verdicts[i] switch { "word_count>=40" => texts[i].Split(' ').Length, "char_count<250" => texts[i].Length, _ => i }, line.GetProperty("value").GetDouble());
        }
    }

    [Fact]
    public void Threads_and_interruptions_change_nothing()
    {
        var texts = Corpora.Draw(700, 22);
        foreach (var part in Enumerable.Range(0, 4))
        {
            Corpora.Write(_folder[$"in/{part}.jsonl"], texts.Chunk(200).ElementAt(part), 200 * part);
        }

        var filter = DocumentFilter.Parse("word_count>=35", "char_count:band=0.2..0.9");
        _ = CorpusFilter.Run([_folder["in"]], _folder["one"], filter, Options(1));
        _ = CorpusFilter.Run([_folder["in"]], _folder["five"], filter, Options(5));
        var expected = Corpora.Content(_folder["one"]);
        Assert.Equal(expected, Corpora.Content(_folder["five"]));
        for (var stopAt = 1; ; stopAt++)
        {
            using var source = new CancellationTokenSource();
            var told = 0;
            try
            {
                _ = CorpusFilter.Run([_folder["in"]], _folder["stopped"], filter, Options(2) with { Progress = _ => { if (++told == stopAt) { source.Cancel(); } } }, source.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.False(File.Exists(_folder["stopped/filter.json"]));
            }
        }

        Assert.Equal(expected, Corpora.Content(_folder["stopped"]));
        Assert.Contains("was begun with other settings", Assert.Throws<CurationException>(() => CorpusFilter.Run([_folder["in"]], _folder["one"], DocumentFilter.Parse("word_count>=36"), Options(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_isnt_there_is_named_and_null_breaks_its_rule()
    {
        _folder.Write("in.jsonl", "{\"text\":\"a\",\"score\":0.5}\n{\"text\":\"b\",\"score\":null}\n");
        var result = CorpusFilter.Run([_folder["in.jsonl"]], _folder["out"], DocumentFilter.Parse("score>=0.1"), new());
        Assert.Equal((2, 1), (result.Documents, result.Kept));
        Assert.Equal(JsonValueKind.Null, Assert.Single(Corpora.Removed(_folder["out"])).GetProperty("value").ValueKind);
        Assert.Contains("line 1: has no \"scores\"", Assert.Throws<RecordException>(() => CorpusFilter.Run([_folder["in.jsonl"]], _folder["no"], DocumentFilter.Parse("scores>=0.1"), new())).Message, StringComparison.Ordinal);
        Assert.Contains("no rule was given", Assert.Throws<CurationException>(() => CorpusFilter.Run([_folder["in.jsonl"]], _folder["no"], DocumentFilter.Parse(), new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_gives_a_column_that_rules_may_ask_for()
    {
        string[] good = [.. Enumerable.Range(0, 50).Select(static i => $"the cat sat on mat {i}")], rest = [.. Enumerable.Range(0, 50).Select(static i => $"buy cheap pills now {i}")];
        Corpora.Write(_folder["good.jsonl"], good);
        Corpora.Write(_folder["rest.jsonl"], rest);
        Corpora.Write(_folder["in.jsonl"], ["cheap pills for sale", "a cat on the mat", "buy now", "the cat sat"]);
        var model = QualityTraining.Train([_folder["good.jsonl"]], [_folder["rest.jsonl"]], new());
        var result = CorpusFilter.Run([_folder["in.jsonl"]], _folder["out"], DocumentFilter.Parse("quality>=0.5"), Options(2) with { Quality = model });
        Assert.Equal([1, 3], Corpora.Kept(_folder["out"]));
        Assert.Equal((4, 2), (result.Documents, result.Kept));
        Assert.Contains("no rule asks for its column", Assert.Throws<CurationException>(() => CorpusFilter.Run([_folder["in.jsonl"]], _folder["no"], DocumentFilter.Parse("word_count>=1"), Options(1) with { Quality = model })).Message, StringComparison.Ordinal);

        // Another model is another setting.
        var other = QualityTraining.Train([_folder["rest.jsonl"]], [_folder["good.jsonl"]], new());
        Assert.Contains("was begun with other settings", Assert.Throws<CurationException>(() => CorpusFilter.Run([_folder["in.jsonl"]], _folder["out"], DocumentFilter.Parse("quality>=0.5"), Options(2) with { Quality = other })).Message, StringComparison.Ordinal);
        Assert.Contains("have no words", Assert.Throws<CurationException>(() => QualityTraining.Train([_folder["good.jsonl"]], [_folder.Write("none.jsonl", "")], new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signals_are_written_as_columns_that_the_evaluator_would_give()
    {
        var texts = Corpora.Draw(300, 23);
        Corpora.Write(_folder["in/a.jsonl"], texts);
        var signals = SignalCatalog.Resolve(["gopher", "fineweb"]);
        Assert.Equal(300, CorpusSignals.Run([_folder["in"]], _folder["out"], signals, new() { Fields = new() { Id = "id" }, Threads = 2 }));
        using var file = new ParquetSharp.Arrow.FileReader(_folder["out/signals/a.jsonl.parquet"]);
        using var batches = file.GetRecordBatchReader();
        var (evaluator, values, row) = (new SignalEvaluator(signals), new double[signals.Count], 0);
        while (await batches.ReadNextRecordBatchAsync() is { } batch)
        {
            for (var i = 0; i < batch.Length; i++, row++)
            {
                evaluator.Compute(Encoding.UTF8.GetBytes(texts[row]), values);
                Assert.Equal($"{row}", ((Apache.Arrow.StringArray)batch.Column("id")).GetString(i));
                Assert.Equal(values, signals.Select(signal => ((Apache.Arrow.DoubleArray)batch.Column(signal.Name)).GetValue(i)!.Value));
            }
        }

        Assert.Equal(300, row);
        var written = File.GetLastWriteTimeUtc(_folder["out/signals/a.jsonl.parquet"]);
        Assert.Equal(300, CorpusSignals.Run([_folder["in"]], _folder["out"], signals, new() { Fields = new() { Id = "id" } }));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["out/signals/a.jsonl.parquet"]));
    }

    private static FilterOptions Options(int threads) => new() { Fields = new() { Id = "id" }, Threads = threads };
}
