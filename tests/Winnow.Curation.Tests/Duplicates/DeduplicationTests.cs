using Winnow.Curation.Documents;
using Winnow.Curation.Duplicates;
using Winnow.Curation.Running;

namespace Winnow.Curation.Tests.Duplicates;

public sealed class DeduplicationTests : IDisposable
{
    private static readonly DedupOptions s_options = new() { Fields = new() { Id = "id" }, Threads = 2, Recall = 0.999999, Hashes = 256, ShingleWords = 2 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.9)]
    public void What_goes_is_what_comparing_every_pair_would_remove(double threshold)
    {
        // More documents than a block, so that both ways of comparing are taken.
        var texts = Corpora.Draw(1200, 7);
        var result = Run(texts, "out", s_options with { Threshold = threshold })!;
        var kept = Naive(texts, threshold, Enumerable.Range(0, texts.Length));
        Assert.Equal(kept, Corpora.Kept(_folder["out"]));
        Assert.Equal((texts.Length, kept.Length, texts.Length - kept.Length), ((int)result.Documents, (int)result.Kept, (int)(result.Exact + result.Near)));
        Assert.True(result.Near > 50);

        // Every line of evidence holds when it is computed again from the texts.
        var sets = texts.Select(static text => new Shingles(2).SetOf(System.Text.Encoding.UTF8.GetBytes(text))).ToArray();
        foreach (var line in Corpora.Removed(_folder["out"]))
        {
            var (gone, stays) = (int.Parse(line.GetProperty("id").GetString()!), int.Parse(line.GetProperty("kept_id").GetString()!));
            Assert.Contains(stays, kept);
            Assert.DoesNotContain(gone, kept);
            var similarity = line.GetProperty("duplicate").GetString() == "exact" ? 1 : Shingles.Jaccard(sets[gone], sets[stays]);
            Assert.Equal(similarity, line.GetProperty("similarity").GetDouble(), 4);
            Assert.True(similarity >= threshold);
            foreach (var (text, name) in new[] { (texts[gone], "excerpt"), (texts[stays], "kept_excerpt") })
            {
                var excerpt = line.GetProperty(name);
                Assert.StartsWith(excerpt.GetProperty("text").GetString()!, text[excerpt.GetProperty("offset").GetInt32()..], StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(KeepRule.Longest)]
    [InlineData(KeepRule.Highest)]
    [InlineData(KeepRule.Lowest)]
    public void The_rule_says_which_one_stays(KeepRule rule)
    {
        // Times in milliseconds, which differ in their last digits alone, in an order of their own.
        var texts = Corpora.Draw(400, 8);
        var times = Enumerable.Range(0, texts.Length).Select(i => 1_700_000_000_000 + ((i * 167) % 400)).ToArray();
        File.WriteAllLines(_folder["timed.jsonl"], texts.Select((text, i) => System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["id"] = i, ["time"] = times[i], ["text"] = text })));
        _ = Deduplication.Run([_folder["timed.jsonl"]], _folder["out"], s_options with { Rule = rule, Fields = new() { Id = "id", Numbers = ["time"] } });
        int[] order = [.. rule switch
        {
            KeepRule.Longest => Enumerable.Range(0, texts.Length).OrderByDescending(i => texts[i].Length),
            KeepRule.Highest => Enumerable.Range(0, texts.Length).OrderByDescending(i => times[i]),
            _ => Enumerable.Range(0, texts.Length).OrderBy(i => times[i]),
        }];
        Assert.Equal(Naive(texts, 0.8, order).Order(), Corpora.Kept(_folder["out"]));
    }

    [Fact]
    public void Preferred_sources_come_before_the_rule()
    {
        Corpora.Write(_folder["in/a.jsonl"], ["one two three four"]);
        Corpora.Write(_folder["in/b.jsonl"], ["one two three four five", "one two three four"], 1);
        _ = Deduplication.Run([_folder["in"]], _folder["out"], s_options with { Prefer = ["b.jsonl"], Rule = KeepRule.Longest, Threshold = 0.7 });
        Assert.Equal([1], Corpora.Kept(_folder["out"]));
    }

    [Fact]
    public void Threads_shards_and_processes_change_nothing()
    {
        var texts = Corpora.Draw(900, 9);
        foreach (var part in Enumerable.Range(0, 7))
        {
            Corpora.Write(_folder[$"in/{part}.jsonl"], texts.Chunk(129).ElementAt(part), 129 * part);
        }

        string Of(string name, DedupOptions options, int processes)
        {
            var folder = _folder[name];
            if (processes == 1)
            {
                _ = Deduplication.Run([_folder["in"]], folder, options);
                return Corpora.Content(folder);
            }

            foreach (var stage in new[] { DedupStages.Sign, DedupStages.Join, DedupStages.Filter })
            {
                for (var i = 0; i < (stage == DedupStages.Join ? 1 : processes); i++)
                {
                    _ = Deduplication.Run([_folder["in"]], folder, options, stages: stage, share: stage == DedupStages.Join ? ShardShare.All : new(i, processes));
                }
            }

            return Corpora.Content(folder);
        }

        var expected = Of("one", s_options with { Threads = 1 }, 1);
        Assert.Equal(expected, Of("threads", s_options with { Threads = 5 }, 1));
        Assert.Equal(expected, Of("three", s_options, 3));
        Assert.Equal(expected, Of("seven", s_options, 7));

        // One file of the same records goes for the same reasons.
        _ = Run(texts, "whole", s_options);
        Assert.Equal(Corpora.Kept(_folder["one"]), Corpora.Kept(_folder["whole"]));
    }

    [Fact]
    public void Batches_of_a_large_shard_come_in_their_order()
    {
        // Some twenty batches.
        var texts = Corpora.Draw(40_000, 14, words: 100);
        var input = Corpora.Write(_folder["in.jsonl"], texts);
        Assert.True(new FileInfo(input).Length > 10 * RecordReader.BatchBytes);
        _ = Deduplication.Run([input], _folder["one"], s_options with { Threads = 1, Near = false });
        _ = Deduplication.Run([input], _folder["five"], s_options with { Threads = 5, Near = false });
        Assert.Equal(Corpora.Content(_folder["one"]), Corpora.Content(_folder["five"]));
        var seen = new HashSet<string>();
        Assert.Equal(Enumerable.Range(0, texts.Length).Where(i => seen.Add(texts[i])), Corpora.Kept(_folder["five"]));
    }

    [Fact]
    public void What_changes_between_two_parts_is_seen()
    {
        void Stage(DedupStages stage) => Deduplication.Run([_folder["in"]], _folder["out"], s_options with { Fields = new() }, [_folder["old.jsonl"]], stage);
        _folder.Write("in/0.txt", "");
        _folder.Write("in/1.txt", "the same text");
        _folder.Write("in/2.txt", "the same text");
        _folder.Write("in/3.txt", "another one");
        Corpora.Write(_folder["old.jsonl"], ["earlier"]);
        Stage(DedupStages.Sign);
        Corpora.Write(_folder["old.jsonl"], ["another"]);
        Assert.Contains("old.jsonl: was changed", Assert.Throws<CurationException>(() => Run2()).Message, StringComparison.Ordinal);
        Corpora.Write(_folder["old.jsonl"], ["earlier"]);
        Stage(DedupStages.Join);
        File.Delete(_folder["in/0.txt"]);
        Assert.Contains("was changed", Assert.Throws<CurationException>(() => Stage(DedupStages.Filter)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["out/kept"]));
        Assert.Equal(2, Deduplication.Run([_folder["in"]], _folder["out"], s_options with { Fields = new() }, [_folder["old.jsonl"]])!.Kept);

        // Of texts whose borders alone have changed, too.
        _folder.Write("in/1.txt", "the same ");
        _folder.Write("in/2.txt", "textthe same text");
        Assert.Equal(3, Deduplication.Run([_folder["in"]], _folder["out"], s_options with { Fields = new() }, [_folder["old.jsonl"]])!.Kept);

        void Run2()
        {
            // Something has to be compared with what has changed.
            Corpora.Write(_folder["in/more.jsonl"], ["earlier"]);
            Corpora.Write(_folder["old.jsonl"], ["earlier"]);
            Stage(DedupStages.Sign);
            Corpora.Write(_folder["old.jsonl"], ["another"]);
            try
            {
                Stage(DedupStages.Join);
            }
            finally
            {
                File.Delete(_folder["in/more.jsonl"]);
                Corpora.Write(_folder["old.jsonl"], ["earlier"]);
                Stage(DedupStages.Sign);
            }
        }
    }

    [Fact]
    public void A_wrong_try_leaves_the_folder_free_and_another_corpus_is_refused()
    {
        var input = Corpora.Write(_folder["a/in.jsonl"], ["one", "one"]);
        Assert.Throws<RecordException>(() => Deduplication.Run([input], _folder["out"], s_options with { Fields = new("body") }));
        Assert.Equal(1, Deduplication.Run([input], _folder["out"], s_options)!.Kept);
        var other = Corpora.Write(_folder["b/in.jsonl"], ["two"]);
        Assert.Contains("was begun with other settings", Assert.Throws<CurationException>(() => Deduplication.Run([other], _folder["out"], s_options)).Message, StringComparison.Ordinal);
        Assert.Contains("is an input and of the earlier corpus", Assert.Throws<CurationException>(() => Deduplication.Run([input], _folder["both"], s_options, [_folder["a"]])).Message, StringComparison.Ordinal);

        // What is written below an input is none of it.
        Assert.Equal(1, Deduplication.Run([_folder["a"]], _folder["a/out"], s_options)!.Kept);
        Assert.Equal(1, Deduplication.Run([_folder["a"]], _folder["a/out"], s_options)!.Kept);
        File.Delete(_folder["a/out/removed.jsonl"]);
        Assert.Equal(1, Deduplication.Run([_folder["a"]], _folder["a/out"], s_options)!.Kept);
        Assert.Single(Corpora.Removed(_folder["a/out"]));
    }

    [Fact]
    public void Stopped_anywhere_it_goes_on_to_the_same_bytes()
    {
        var texts = Corpora.Draw(600, 10);
        foreach (var part in Enumerable.Range(0, 3))
        {
            Corpora.Write(_folder[$"in/{part}.jsonl.gz"], []);
            using var file = new System.IO.Compression.GZipStream(File.Create(_folder[$"in/{part}.jsonl.gz"]), System.IO.Compression.CompressionLevel.Fastest);
            var plain = Corpora.Write(_folder["plain"], texts.Chunk(200).ElementAt(part), 200 * part);
            file.Write(File.ReadAllBytes(plain));
        }

        _ = Deduplication.Run([_folder["in"]], _folder["whole"], s_options);
        var expected = Corpora.Content(_folder["whole"]);
        var steps = new HashSet<string>();
        for (var stopAt = 1; ; stopAt++)
        {
            // Stopped after one more message each time, in a folder that goes on from the time before.
            using var source = new CancellationTokenSource();
            var told = 0;
            var options = s_options with
            {
                Progress = progress =>
                {
                    steps.Add(progress.Step);
                    if (++told == stopAt)
                    {
                        source.Cancel();
                    }
                },
            };
            try
            {
                if (Deduplication.Run([_folder["in"]], _folder["stopped"], options, stop: source.Token) is not null)
                {
                    break;
                }
            }
            catch (OperationCanceledException)
            {
                Assert.False(File.Exists(_folder["stopped/dedup.json"]));
            }
        }

        Assert.Equal(5, steps.Count);
        Assert.Equal(expected, Corpora.Content(_folder["stopped"]));
    }

    [Fact]
    public void A_chain_of_similar_texts_carries_no_unlike_ones_together()
    {
        // Each text shares most words with the next; the ends share none.
        string[] texts = [.. Enumerable.Range(0, 40).Select(static i => string.Join(' ', Enumerable.Range(i * 2, 30).Select(static w => $"w{w}")))];
        _ = Run(texts, "out", s_options with { Threshold = 0.8 });
        var kept = Corpora.Kept(_folder["out"]);
        Assert.Equal(Naive(texts, 0.8, Enumerable.Range(0, texts.Length)), kept);
        Assert.True(kept.Length >= 20);
    }

    [Fact]
    public void A_share_of_the_documents_is_reached_or_refused_with_what_can_be()
    {
        var texts = Corpora.Draw(500, 11);
        var result = Run(texts, "out", s_options with { Keep = 0.7, LeastThreshold = 0.4 })!;
        Assert.InRange(result.Kept, 340, 360);
        Assert.Equal(Naive(texts, result.Threshold, Enumerable.Range(0, texts.Length)), Corpora.Kept(_folder["out"]));
        var message = Assert.Throws<CurationException>(() => Run(texts, "none", s_options with { Keep = 0.01 })).Message;
        Assert.StartsWith("1% of the documents can't be kept: without duplicates from similarity 0.5 on ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_an_earlier_corpus_stay_where_they_are_and_count_as_kept()
    {
        var texts = Corpora.Draw(300, 12);
        Corpora.Write(_folder["old/a.jsonl"], texts[..100]);
        Corpora.Write(_folder["new/a.jsonl"], texts[100..], 100);
        var result = Deduplication.Run([_folder["new"]], _folder["out"], s_options with { Rule = KeepRule.Longest }, against: [_folder["old"]])!;
        Assert.Equal(200, result.Documents);

        // Those of the earlier corpus are all kept; then the others by their length.
        var sets = texts.Select(static text => new Shingles(2).SetOf(System.Text.Encoding.UTF8.GetBytes(text))).ToArray();
        var kept = Enumerable.Range(0, 100).ToList();
        foreach (var i in Enumerable.Range(100, 200).OrderByDescending(i => texts[i].Length))
        {
            if (!kept.Any(k => Shingles.Jaccard(sets[i], sets[k]) >= 0.8))
            {
                kept.Add(i);
            }
        }

        Assert.Equal(kept.Skip(100).Order(), Corpora.Kept(_folder["out"]));
        Assert.Equal(100, File.ReadLines(_folder["old/a.jsonl"]).Count());
    }

    [Fact]
    public void Texts_without_words_and_short_ones_stay_unless_they_are_the_same()
    {
        string[] texts = ["", "", "...", "...", "word", "word", "WORD", "two words", "two words!"];
        var result = Run(texts, "out", s_options with { ShingleWords = 3 })!;
        Assert.Equal([0, 1, 2, 3, 4, 6, 7, 8], Corpora.Kept(_folder["out"]));
        Assert.Equal((4, 1, 0), ((int)result.WithoutWords, (int)result.Exact, (int)result.Near));
    }

    [Fact]
    public void Exact_alone_removes_the_same_texts_alone()
    {
        var texts = Corpora.Draw(500, 13);
        var result = Run(texts, "out", s_options with { Near = false })!;
        Assert.Equal(texts.Distinct(StringComparer.Ordinal).Count(), result.Kept);
        Assert.Equal((0, 0), ((int)result.Near, (int)result.PairsVerified));
    }

    private DedupResult? Run(string[] texts, string name, DedupOptions options) => Deduplication.Run([Corpora.Write(_folder["in.jsonl"], texts)], _folder[name], options);

    // Every document against every kept one before it: no signatures, bands or blocks.
    private static int[] Naive(string[] texts, double threshold, IEnumerable<int> order)
    {
        var sets = texts.Select(static text => new Shingles(2).SetOf(System.Text.Encoding.UTF8.GetBytes(text))).ToArray();
        var kept = new List<int>();
        foreach (var i in order)
        {
            if (!kept.Any(k => texts[k] == texts[i] || Shingles.Jaccard(sets[i], sets[k]) >= threshold))
            {
                kept.Add(i);
            }
        }

        return [.. kept];
    }
}
