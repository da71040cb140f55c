using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp.Arrow;
using Winnow.Curation.Documents;
using Winnow.Curation.Duplicates;
using Winnow.Curation.Tests.Duplicates;

namespace Winnow.Curation.Tests.Documents;

public sealed class ParquetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_stay_with_all_their_columns_and_go_as_lines_would()
    {
        var texts = Corpora.Draw(9000, 4, words: 20);
        Write("in/a.parquet", texts, rowsAGroup: 1700);
        var options = new DedupOptions { Fields = new() { Id = "id", Source = "source" }, ShingleWords = 2, Threads = 2 };
        var result = Deduplication.Run([_folder["in"]], _folder["out"], options)!;
        _ = Deduplication.Run([Corpora.Write(_folder["lines/a.jsonl"], texts)], _folder["lines-out"], options with { Fields = new() { Id = "id" } });
        var expected = Corpora.Kept(_folder["lines-out"]);
        Assert.Equal(expected.Length, result.Kept);
        Assert.Equal(["even", "odd"], result.Sources.Select(static loss => loss.Source));
        Assert.Equal(texts.Length / 2, result.Sources[0].Documents);

        using var file = new FileReader(_folder["out/kept/a.parquet"]);
        using var before = new FileReader(_folder["in/a.parquet"]);
        Assert.Equal(before.Schema.FieldsList.Select(static field => (field.Name, field.DataType.TypeId, field.IsNullable)), file.Schema.FieldsList.Select(static field => (field.Name, field.DataType.TypeId, field.IsNullable)));
        var rows = Rows(file);
        Assert.Equal(expected, rows.Select(static row => (int)row.Id));
        Assert.All(rows, row => Assert.Equal((texts[row.Id], row.Id % 3 == 1 ? null : string.Join(',', Enumerable.Range(0, (int)row.Id % 3).Select(k => $"t{k + row.Id}"))), (row.Text, row.Tags)));
        Assert.Equal(Corpora.Removed(_folder["lines-out"]).Select(static line => line.GetProperty("kept_id").GetString()), Corpora.Removed(_folder["out"]).Select(static line => line.GetProperty("kept_id").GetString()));
    }

    [Fact]
    public void Rows_that_all_stay_and_files_without_any_are_written_too()
    {
        // A stretch of rows as it was read belongs to the native library.
        string[] texts = [.. Enumerable.Range(0, 5000).Select(static i => $"text {i}")];
        Write("in/a.parquet", texts, 5000);
        Write("in/b.parquet", [], 1);
        Assert.Equal(5000, Deduplication.Run([_folder["in"]], _folder["out"], new() { Near = false })!.Kept);
        using var all = new FileReader(_folder["out/kept/a.parquet"]);
        Assert.Equal(texts, Rows(all).Select(static row => row.Text));
        using var none = new FileReader(_folder["out/kept/b.parquet"]);
        Assert.Equal(4, none.Schema.FieldsList.Count);
        Assert.Empty(Rows(none));
        File.WriteAllText(_folder["empty.jsonl"], "");
        Assert.Equal(0, Deduplication.Run([_folder["empty.jsonl"]], _folder["nothing"], new())!.Documents);
        Assert.Empty(File.ReadAllBytes(_folder["nothing/kept/empty.jsonl"]));
    }

    [Fact]
    public async Task Coded_and_long_texts_stay_as_they_are_and_lists_of_such_are_refused()
    {
        // As pandas writes categories and large strings.
        var coded = new DictionaryType(Int32Type.Default, StringType.Default, ordered: false);
        var schema = new Schema([new Field("text", LargeStringType.Default, true), new Field("site", coded, true)], null);
        var ends = new ArrowBuffer.Builder<long>().Append(0);
        var bytes = new ArrowBuffer.Builder<byte>();
        string[] texts = ["one", "two", "one", "three", "two", "four"];
        foreach (var text in texts)
        {
            _ = bytes.Append(System.Text.Encoding.UTF8.GetBytes(text));
            _ = ends.Append(bytes.Length);
        }

        var column = new LargeStringArray(new ArrayData(LargeStringType.Default, 6, 0, 0, [ArrowBuffer.Empty, ends.Build(), bytes.Build()]));
        var sites = new DictionaryArray(coded, new Int32Array.Builder().Append(0).Append(1).AppendNull().Append(1).Append(0).Append(0).Build(), new StringArray.Builder().Append("a").Append("b").Build());
        using (var properties = new ParquetSharp.Arrow.ArrowWriterPropertiesBuilder())
        using (var stored = properties.StoreSchema().Build())
        using (var file = new FileWriter(_folder["a.parquet"], schema, null, stored))
        {
            file.WriteRecordBatch(new Apache.Arrow.RecordBatch(schema, [column, sites], 6));
            file.Close();
        }

        Assert.Equal(4, Deduplication.Run([_folder["a.parquet"]], _folder["out"], new() { Near = false })!.Kept);
        using var kept = new FileReader(_folder["out/kept/a.parquet"]);
        Assert.Equal([ArrowTypeId.LargeString, ArrowTypeId.Dictionary], kept.Schema.FieldsList.Select(static field => field.DataType.TypeId));
        using var batches = kept.GetRecordBatchReader();
        using var batch = (await batches.ReadNextRecordBatchAsync())!;
        var (text0, site) = ((LargeStringArray)batch.Column(0), (DictionaryArray)batch.Column(1));
        Assert.Equal(["one", "two", "three", "four"], Enumerable.Range(0, 4).Select(i => text0.GetString(i)));
        Assert.Equal(["a", "b", "b", "a"], Enumerable.Range(0, 4).Select(i => ((StringArray)site.Dictionary).GetString(((Int32Array)site.Indices).GetValue(i)!.Value)));
        Assert.False(ArrowRows.Can(new ListType(LargeStringType.Default)));
        Assert.True(ArrowRows.Can(new ListType(StringType.Default)));
    }

    [Fact]
    public void What_isnt_whole_or_has_other_columns_is_named()
    {
        Write("a.parquet", ["one"], 10);
        var path = _folder["a.parquet"];
        var whole = File.ReadAllBytes(path);
        Assert.Equal($"{path}: has no column \"body\"; there are \"id\", \"text\", \"source\", \"tags\".", Error(new("body")).Message);
        Assert.Equal($"{path}: column \"id\" is of type int64; it is a text.", Error(new("id")).Message);
        Assert.Equal($"{path}: column \"tags\" is of type list; it is a number.", Error(new() { Numbers = ["tags"] }).Message);
        foreach (var damaged in new[] { whole[..^9], whole[..20], [], "PAR1 and something else PAR1"u8.ToArray() })
        {
            File.WriteAllBytes(path, damaged);
            Assert.StartsWith($"{path}: can't be read as Parquet: ", Error(new()).Message, StringComparison.Ordinal);
        }

        RecordException Error(RecordFields fields) => Assert.Throws<RecordException>(() => Deduplication.Run([path], _folder["out" + Guid.NewGuid()], new() { Fields = fields }));
    }

    private void Write(string name, string[] texts, int rowsAGroup)
    {
        var schema = new Schema([new Field("id", Int64Type.Default, false), new Field("text", StringType.Default, true), new Field("source", StringType.Default, false), new Field("tags", new ListType(StringType.Default), true)], null);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        using var file = new FileWriter(_folder[name], schema);
        for (var start = 0; start < texts.Length; start += rowsAGroup)
        {
            var (id, text, source, tags) = (new Int64Array.Builder(), new StringArray.Builder(), new StringArray.Builder(), new ListArray.Builder(StringType.Default));
            var tag = (StringArray.Builder)tags.ValueBuilder;
            var count = Math.Min(rowsAGroup, texts.Length - start);
            for (var i = start; i < start + count; i++)
            {
                _ = id.Append(i);
                _ = text.Append(texts[i]);
                _ = source.Append(i % 2 == 0 ? "even" : "odd");
                if (i % 3 == 1)
                {
                    _ = tags.AppendNull();
                    continue;
                }

                _ = tags.Append();
                for (var k = 0; k < i % 3; k++)
                {
                    _ = tag.Append($"t{k + i}");
                }
            }

            file.NewBufferedRowGroup();
            file.WriteRecordBatch(new Apache.Arrow.RecordBatch(schema, [id.Build(), text.Build(), source.Build(), tags.Build()], count));
        }

        file.Close();
    }

    private static List<(long Id, string Text, string? Tags)> Rows(FileReader file)
    {
        var rows = new List<(long, string, string?)>();
        using var batches = file.GetRecordBatchReader();
        while (batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() is { } batch)
        {
            var (id, text, tags) = ((Int64Array)batch.Column("id"), (StringArray)batch.Column("text"), (ListArray)batch.Column("tags"));
            for (var i = 0; i < batch.Length; i++)
            {
                string? list = null;
                if (!tags.IsNull(i))
                {
                    var values = (StringArray)tags.GetSlicedValues(i);
                    list = string.Join(',', Enumerable.Range(0, values.Length).Select(k => values.GetString(k)));
                }

                rows.Add((id.GetValue(i)!.Value, text.GetString(i), list));
            }
        }

        return rows;
    }
}
