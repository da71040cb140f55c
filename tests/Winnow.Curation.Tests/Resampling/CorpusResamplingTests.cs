using System.Text;
using Winnow.Curation.Resampling;
using Winnow.Curation.Tests.Duplicates;
using Winnow.Data.Formats;
using Winnow.Selection;

namespace Winnow.Curation.Tests.Resampling;

public sealed class CorpusResamplingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_drawn_is_what_the_rule_says_at_any_number_of_threads()
    {
        var (texts, target) = Write();
        var options = Options(1);
        var result = CorpusResampling.Run([_folder["in"]], [_folder["target.jsonl"]], _folder["one"], options);
        _ = CorpusResampling.Run([_folder["in"]], [_folder["target.jsonl"]], _folder["five"], options with { Threads = 5 });
        Assert.Equal(Corpora.Content(_folder["one"]), Corpora.Content(_folder["five"]));

        // By hand: counts of all texts, weights, noise, the largest sums.
        var buckets = new NGramBuckets();
        var (raw, wanted) = (new BucketHistogram(NGramBuckets.DefaultBuckets), new BucketHistogram(NGramBuckets.DefaultBuckets));
        Array.ForEach(texts, text => raw.Add(buckets.Read(Encoding.UTF8.GetBytes(text))));
        Array.ForEach(target, text => wanted.Add(buckets.Read(Encoding.UTF8.GetBytes(text))));
        var model = new ImportanceModel(raw, wanted, 1);
        var draw = new WeightedDraw(40, 7);
        var weights = texts.Select(text =>
        {
            var weight = buckets.Score(Encoding.UTF8.GetBytes(text), model.LogRatios);
            return buckets.WordCount < 35 ? double.NegativeInfinity : weight;
        }).ToArray();
        var kept = Enumerable.Range(0, texts.Length).OrderByDescending(i => weights[i] + draw.Noise(i)).Take(40).Order().ToArray();
        Assert.Equal(kept, Corpora.Kept(_folder["one"]));
        Assert.Equal(weights, Npy.Read(_folder["one/log_weights/a.jsonl.npy"]).AsSpan<double>().ToArray().Concat(Npy.Read(_folder["one/log_weights/b.jsonl.npy"]).AsSpan<double>().ToArray()));
        Assert.Equal((400, 40, 100), (result.Documents, result.Kept, result.Target));
        Assert.Equal(weights.Count(double.IsNegativeInfinity), result.TooShort);
        var selected = new BucketHistogram(NGramBuckets.DefaultBuckets);
        Array.ForEach([.. kept], i => selected.Add(buckets.Read(Encoding.UTF8.GetBytes(texts[i]))));
        Assert.Equal((KullbackLeibler.Divergence(wanted, raw), KullbackLeibler.Divergence(wanted, selected)), (result.DivergenceBefore, result.DivergenceAfter));
        Assert.Equal(model.LogRatios.ToArray(), ImportanceModel.Load(_folder["one/model.npz"]).LogRatios.ToArray());
    }

    [Fact]
    public void Stopped_anywhere_it_goes_on_to_the_same_bytes()
    {
        _ = Write();
        _ = CorpusResampling.Run([_folder["in"]], [_folder["target.jsonl"]], _folder["whole"], Options(2));
        for (var stopAt = 1; ; stopAt++)
        {
            using var source = new CancellationTokenSource();
            var told = 0;
            try
            {
                _ = CorpusResampling.Run([_folder["in"]], [_folder["target.jsonl"]], _folder["stopped"], Options(2) with { Progress = _ => { if (++told == stopAt) { source.Cancel(); } } }, source.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.False(File.Exists(_folder["stopped/resample.json"]));
            }
        }

        Assert.Equal(Corpora.Content(_folder["whole"]), Corpora.Content(_folder["stopped"]));
    }

    [Fact]
    public void More_than_there_are_is_refused_with_what_there_is()
    {
        _ = Write();
        Assert.Matches("^400 of 400 documents are to be kept, and only [0-9]+ have at least 35 words; keep fewer, or allow fewer words\\.$",
            Assert.Throws<CurationException>(() => CorpusResampling.Run([_folder["in"]], [_folder["target.jsonl"]], _folder["out"], Options(1) with { Keep = KeepBudget.Share(1) })).Message);
        _folder.Write("empty.jsonl", "");
        Assert.Contains("the target has no words", Assert.Throws<CurationException>(() => CorpusResampling.Run([_folder["in"]], [_folder["empty.jsonl"]], _folder["none"], Options(1))).Message, StringComparison.Ordinal);
    }

    private static ResampleOptions Options(int threads) => new() { Keep = KeepBudget.Count(40), MinWords = 35, Smoothing = 1, Seed = 7, Threads = threads };

    private (string[] Texts, string[] Target) Write()
    {
        var texts = Corpora.Draw(400, 31);
        var target = texts.Where((_, i) => i % 4 == 1).ToArray();
        Corpora.Write(_folder["in/a.jsonl"], texts[..150]);
        Corpora.Write(_folder["in/b.jsonl"], texts[150..], 150);
        Corpora.Write(_folder["target.jsonl"], target);
        return (texts, target);
    }
}
