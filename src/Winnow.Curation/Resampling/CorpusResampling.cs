using System.Globalization;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Resampling;

/// <summary>
/// Draws from a corpus that may be larger than memory the records that are like a target's: data selection by importance resampling (Xie et al. 2023, arXiv:2302.03169). Three passes: counts of hashed words and pairs,
/// weights, what is kept.
/// </summary>
public sealed class CorpusResampling
{
    private readonly IReadOnlyList<Shard> _shards, _target;
    private readonly CurationFolder _folder;
    private readonly ResampleOptions _options;
    private readonly ShardProgress _progress;
    private readonly string _settings;

    private CorpusResampling(IReadOnlyList<Shard> shards, IReadOnlyList<Shard> target, string folder, ResampleOptions options)
    {
        (_shards, _target, _folder, _options, _progress) = (shards, target, new(folder, "resample"), options, new(options.Progress));
        _settings = _folder.Open(new ResampleSettings(
            options.Fields.Text, options.Fields.Source, options.Keep.ToString(), options.MinWords, options.Buckets, options.Smoothing, options.Draw, options.Seed,
            [.. shards.Select(static shard => shard.Name)], [.. target.Select(static shard => shard.Name)], Corpus.FoldersOf([.. shards, .. target])), CurationJson.Readable.ResampleSettings);
    }

    /// <summary>
    /// Draws records of inputs: <c>kept/</c> has them, <c>log_weights/</c> the logarithm of each record's weight as npy (minus infinity of those that are too short), <c>model.npz</c> what weights are made of,
    /// <c>resample.json</c> the totals.
    /// </summary>
    /// <param name="inputs">Files and folders of records (<see cref="Corpus.Find"/>).</param>
    /// <param name="target">Files and folders of records like those that are wanted.</param>
    /// <param name="folder">Where the result goes; one that is empty, or that a run with the same settings began.</param>
    /// <param name="options">How.</param>
    /// <param name="stop">Ends it; what is finished is kept, and the next run goes on from there.</param>
    /// <exception cref="DataException">Inputs, options or the folder can't be used: which, and what to do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ResampleResult Run(IReadOnlyList<string> inputs, IReadOnlyList<string> target, string folder, ResampleOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        return new CorpusResampling(Corpus.Find(inputs, folder), Corpus.Find(target, folder), folder, options).Run(stop);
    }

    private ResampleResult Run(CancellationToken stop)
    {
        _progress.Begin("counting", _shards.Concat(_target).Sum(static shard => shard.Bytes), "bytes");
        var (raw, counted) = Count(_shards, "counts", stop);
        var (target, targetCounted) = Count(_target, "counts-target", stop);
        if (target.Total == 0)
        {
            throw new CurationException("the target has no words; give records like those that are wanted.");
        }

        var count = Count(counted);
        var model = new ImportanceModel(raw, target, _options.Smoothing);
        model.Save(_folder.At("model.npz"));
        var decided = CurationFolder.Hash(_settings, counted.Concat(targetCounted).Select(static shard => shard.Content));
        Weigh(model, decided, counted, stop);
        var kept = Draw(count);
        var written = new KeptStage(_folder, _shards, _options.Fields, _options.Threads, _progress)
            .Run(decided, [.. counted.Select(static shard => shard.Content)], [.. counted.Select(static shard => shard.Rows)], KeptOf, ShardShare.All, stop)!;
        var shards = _shards.Select(shard => shard with
        {
            Files = [_folder.Kept(shard)],
            Format = shard.Format == RecordFormat.PlainText ? RecordFormat.JsonLines : shard.Format,
            Bytes = new FileInfo(_folder.Kept(shard)).Length,
        }).ToArray();
        _progress.Begin("comparing", shards.Sum(static shard => shard.Bytes), "bytes");
        var selected = new BucketHistogram(_options.Buckets);
        foreach (var shard in shards)
        {
            selected.Add(Histogram(shard, stop).Histogram);
            _progress.Past(shard.Bytes);
        }

        var result = new ResampleResult
        {
            Documents = counted.Sum(static shard => shard.Rows),
            Kept = kept.LongLength,
            TooShort = counted.Sum(static shard => shard.TooShort),
            Target = targetCounted.Sum(static shard => shard.Rows),
            DivergenceBefore = KullbackLeibler.Divergence(target, raw),
            DivergenceAfter = KullbackLeibler.Divergence(target, selected),
            Sources = SourceLosses.Sum(written.SelectMany(static marker => marker.Sources)),
        };
        _folder.End(result, CurationJson.Readable.ResampleResult);
        return result;

        Func<long, bool> KeptOf(Shard shard)
        {
            var first = counted.Take(shard.Index).Sum(static before => before.Rows);
            return row => Array.BinarySearch(kept, first + row) >= 0;
        }
    }

    /// <summary>Counts the buckets of every shard: the first pass.</summary>
    private (BucketHistogram Sum, CountedShard[] Shards) Count(IReadOnlyList<Shard> shards, string name, CancellationToken stop)
    {
        var sum = new BucketHistogram(_options.Buckets);
        var counted = new List<CountedShard>();
        foreach (var shard in shards)
        {
            var (path, marker) = (_folder.OfShard(name, shard, ".counts"), _folder.OfShard(name, shard, ".json"));
            var known = CurationFolder.Known(marker, CurationJson.Readable.CountedShard, _settings, shard, stop, path);
            if (known is null)
            {
                (var histogram, known) = Histogram(shard, stop);
                VerdictFile.Write(path, histogram.Counts.ToArray());
                CurationFolder.Write(marker, known, CurationJson.Readable.CountedShard);
            }

            sum.Add(new BucketHistogram(VerdictFile.Read<long>(path)));
            counted.Add(known);
            _progress.Past(shard.Bytes);
        }

        return (sum, [.. counted]);
    }

    private (BucketHistogram Histogram, CountedShard Facts) Histogram(Shard shard, CancellationToken stop)
    {
        var (rows, tooShort) = (0L, 0L);
        var histogram = new BucketHistogram(_options.Buckets);
        var fields = new RecordFields(_options.Fields.Text);
        using var reader = RecordReader.Open(shard, fields);
        BatchPipeline.Run(reader, fields, _options.Threads, () => new NGramBuckets(_options.Buckets), (buckets, batch) =>
        {
            var (part, few) = (new BucketHistogram(_options.Buckets), 0L);
            for (var i = 0; i < batch.Count; i++)
            {
                part.Add(buckets.Read(batch.Text(i)));
                few += buckets.WordCount < _options.MinWords ? 1 : 0;
            }

            return (Part: part, Few: few);
        }, (batch, counts) =>
        {
            histogram.Add(counts.Part);
            (rows, tooShort) = (rows + batch.Count, tooShort + counts.Few);
            _progress.Within(reader.BytesRead);
        }, stop);
        return (histogram, new(_settings, reader.ContentHash(), rows, tooShort));
    }

    /// <summary>Writes the weight of every document: the second pass.</summary>
    private void Weigh(ImportanceModel model, string decided, CountedShard[] counted, CancellationToken stop)
    {
        var ratios = model.LogRatios.ToArray();
        _progress.Begin("weighing", _shards.Sum(static shard => shard.Bytes), "bytes");
        foreach (var shard in _shards)
        {
            var marker = _folder.OfShard("weighed", shard, ".json");
            if (CurationFolder.Read(marker, CurationJson.Readable.CountedShard)?.Settings != decided || !File.Exists(WeightsOf(shard)))
            {
                var weights = new List<double>();
                using var reader = RecordReader.Open(shard, _options.Fields);
                BatchPipeline.Run(reader, _options.Fields, _options.Threads, () => new NGramBuckets(_options.Buckets), (buckets, batch) =>
                {
                    var part = new double[batch.Count];
                    for (var i = 0; i < part.Length; i++)
                    {
                        var weight = buckets.Score(batch.Text(i), ratios);
                        part[i] = buckets.WordCount < _options.MinWords ? double.NegativeInfinity : weight;
                    }

                    return part;
                }, (_, part) =>
                {
                    weights.AddRange(part);
                    _progress.Within(reader.BytesRead);
                }, stop);
                if (reader.ContentHash() != counted[shard.Index].Content)
                {
                    throw RecordReader.Changed(shard);
                }

                Directory.CreateDirectory(Path.GetDirectoryName(WeightsOf(shard))!);
                Npy.Write(WeightsOf(shard), NpyArray.Create<double>([.. weights]));
                CurationFolder.Write(marker, counted[shard.Index] with { Settings = decided }, CurationJson.Readable.CountedShard);
            }

            _progress.Past(shard.Bytes);
        }
    }

    /// <summary>How many are kept.</summary>
    private int Count(CountedShard[] counted)
    {
        var documents = counted.Sum(static shard => shard.Rows);
        if (documents > Array.MaxLength)
        {
            throw new CurationException(string.Create(CultureInfo.InvariantCulture, $"the inputs hold {documents:N0} documents, and at most {Array.MaxLength:N0} are drawn from at once; take a part of them."));
        }

        var count = _options.Keep.Of((int)documents);
        var possible = documents - counted.Sum(static shard => shard.TooShort);
        if (count > possible || count == 0)
        {
            throw new CurationException(string.Create(CultureInfo.InvariantCulture, $"{count:N0} of {documents:N0} documents are to be kept, and only {possible:N0} have at least {_options.MinWords} words; keep fewer, or allow fewer words."));
        }

        return count;
    }

    private long[] Draw(int count)
    {
        var draw = new WeightedDraw(count, _options.Seed, noisy: _options.Draw);
        var document = 0L;
        foreach (var shard in _shards)
        {
            foreach (var weight in Npy.Read(WeightsOf(shard)).AsSpan<double>())
            {
                draw.Offer(document++, weight);
            }
        }

        return draw.Documents();
    }

    private string WeightsOf(Shard shard) => _folder.At(Path.Combine("log_weights", shard.OutputName + ".npy"));
}

/// <summary>The settings that decide what is drawn.</summary>
internal sealed record ResampleSettings(
    string Text, string? Source, string Keep, int MinWords, int Buckets, double Smoothing, bool Draw, ulong Seed, IReadOnlyList<string> Shards, IReadOnlyList<string> Target, IReadOnlyList<string> Folders);

/// <summary>That a shard was counted.</summary>
/// <param name="Settings">What decides it, as a hash.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Rows">How many documents it has.</param>
/// <param name="TooShort">How many of them have too few words.</param>
internal sealed record CountedShard(string Settings, string Content, long Rows, long TooShort) : IShardMarker;
