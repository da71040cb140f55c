using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Winnow.Curation.Documents;
using Winnow.Curation.Quality;
using Winnow.Curation.Resampling;
using Winnow.Curation.Running;
using Winnow.Curation.Signals;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Filters;

/// <summary>Filters a corpus that may be larger than memory by rules on signals of its texts and on numbers of its records, and says of each record that goes by which rule it did.</summary>
public sealed class CorpusFilter
{
    private const int KeptVerdict = -1;

    private readonly IReadOnlyList<Shard> _shards;
    private readonly CurationFolder _folder;
    private readonly DocumentFilter _filter;
    private readonly FilterOptions _options;
    private readonly Signal[] _signals;
    private readonly RecordFields _fields;
    private readonly ShardProgress _progress;
    private readonly string _settings;

    private CorpusFilter(IReadOnlyList<Shard> shards, string folder, DocumentFilter filter, FilterOptions options)
    {
        (_shards, _folder, _filter, _options, _progress) = (shards, new(folder, "filter"), filter, options, new(options.Progress));
        _signals = [.. filter.Columns.Select(SignalCatalog.TryFind).OfType<Signal>()];
        if (ComputesQuality && !filter.Columns.Contains(QualityTraining.Column))
        {
            throw new CurationException($"a quality model is given, and no rule asks for its column; e.g. {QualityTraining.Column}>=0.5.");
        }

        _fields = options.Fields with { Numbers = [.. filter.Columns.Where(column => SignalCatalog.TryFind(column) is null && !(ComputesQuality && column == QualityTraining.Column))] };
        _settings = _folder.Open(new FilterSettings(
            options.Fields.Text, options.Fields.Id, options.Fields.Source, [.. filter.Rules.Select(static rule => rule.ToString())], [.. filter.Bands.Select(static band => band.ToString())],
            options.Quality is { } quality ? string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(XxHash128.Hash(MemoryMarshal.AsBytes(quality.Weights)))} {quality.Bias:R}") : null, [.. shards.Select(static shard => shard.Name)], Corpus.FoldersOf(shards)), CurationJson.Readable.FilterSettings);
    }

    /// <summary>Filters inputs: <c>kept/</c> has the records that stay, <c>removed.jsonl</c> by which rule and value the others went, <c>filter.json</c> the totals.</summary>
    /// <param name="inputs">Files and folders of records (<see cref="Corpus.Find"/>).</param>
    /// <param name="folder">Where the result goes; one that is empty, or that a run with the same settings began.</param>
    /// <param name="filter">The rules. Columns that are no signals are fields of the records.</param>
    /// <param name="options">How.</param>
    /// <param name="stop">Ends it; what is finished is kept, and the next run goes on from there.</param>
    /// <exception cref="DataException">Inputs, rules or the folder can't be used: which, and what to do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static FilterResult Run(IReadOnlyList<string> inputs, string folder, DocumentFilter filter, FilterOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(options);
        if (filter.Rules.Count + filter.Bands.Count == 0)
        {
            throw new CurationException("no rule was given; e.g. gopher-quality, or word_count>=50.");
        }

        return new CorpusFilter(Corpus.Find(inputs, folder), folder, filter, options).Run(stop);
    }

    private FilterResult Run(CancellationToken stop)
    {
        var measured = Measure(stop);
        var decided = CurationFolder.Hash(_settings, measured.Select(static shard => shard.Content));
        var decision = _folder.ReadDecision(CurationJson.Readable.FilterDecision) is { } known && known.Settings == decided ? known : Decide(decided, measured, stop);
        Func<long, bool> KeptOf(Shard shard)
        {
            var verdicts = VerdictFile.Read<short>(_folder.OfShard("final", shard, ".verdicts"));
            return row => verdicts[row] == KeptVerdict;
        }

        var written = new KeptStage(_folder, _shards, _fields, _options.Threads, _progress)
            .Run(decided, [.. measured.Select(static shard => shard.Content)], [.. measured.Select(static shard => shard.Rows)], KeptOf, ShardShare.All, stop)!;
        var result = new FilterResult
        {
            Documents = written.Sum(static marker => marker.Documents),
            Kept = written.Sum(static marker => marker.Kept),
            Invalid = measured.Sum(static shard => shard.Invalid),
            Rules = [.. Names().Zip(decision.Removed, static (rule, removed) => new RuleLoss(rule, removed))],
            Sources = SourceLosses.Sum(written.SelectMany(static marker => marker.Sources)),
        };
        _folder.End(result, CurationJson.Readable.FilterResult);
        return result;
    }

    private bool ComputesQuality => _options.Quality is not null;

    // Bands are cut once every text is known; whose names are the user's are kept until then.
    private bool NeedsIds => _filter.Bands.Count > 0 && _fields.Id is not null;

    private string BandOf(Shard shard, int band) => _folder.OfShard("measured", shard, FormattableString.Invariant($".band{band}"));

    private IEnumerable<string> Names() => _filter.Rules.Select(static rule => rule.ToString()).Concat(_filter.Bands.Select(static band => band.ToString()));

    /// <summary>Computes signals and tries the rules, shard by shard: the first pass over the texts.</summary>
    private MeasuredShard[] Measure(CancellationToken stop)
    {
        _progress.Begin("measuring", _shards.Sum(static shard => shard.Bytes), "bytes");
        var measured = new List<MeasuredShard>();
        string[] columns = [.. _signals.Select(static signal => signal.Name), .. _fields.Numbers, .. ComputesQuality ? [QualityTraining.Column] : Array.Empty<string>()];
        var bound = _filter.Bind(columns);
        foreach (var shard in _shards)
        {
            var marker = _folder.OfShard("measured", shard, ".json");
            var known = CurationFolder.Known(marker, CurationJson.Readable.MeasuredShard, _settings, shard, stop);
            if (known is null)
            {
                known = Measure(shard, bound, stop);
                CurationFolder.Write(marker, known, CurationJson.Readable.MeasuredShard);
            }

            measured.Add(known);
            _progress.Past(shard.Bytes);
        }

        return [.. measured];
    }

    private MeasuredShard Measure(Shard shard, RowFilter bound, CancellationToken stop)
    {
        var verdicts = new List<short>();
        var ranked = bound.BandColumns.Select(static _ => new List<double>()).ToArray();
        var ids = NeedsIds ? new List<string>() : null;
        var invalid = 0L;
        using var reader = RecordReader.Open(shard, _fields);
        var path = _folder.OfShard("measured", shard, ".removed.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DataFile.WriteAtomically(path, evidence => BatchPipeline.Run(reader, _fields, _options.Threads, () => new Judge(this, bound), static (judge, batch) => judge.Of(batch), (batch, judged) =>
        {
            verdicts.AddRange(judged.Verdicts);
            evidence.Write(judged.Evidence);
            for (var band = 0; band < ranked.Length; band++)
            {
                ranked[band].AddRange(judged.Ranked[band]);
            }

            for (var i = 0; i < batch.Count; i++)
            {
                invalid += batch.IsInvalid(i) ? 1 : 0;
                ids?.Add(JsonSerializer.Serialize(batch.Id(i), CurationJson.Readable.String));
            }

            _progress.Within(reader.BytesRead);
        }, stop));
        VerdictFile.Write<short>(_folder.OfShard("measured", shard, ".verdicts"), [.. verdicts]);
        for (var band = 0; band < ranked.Length; band++)
        {
            VerdictFile.Write<double>(BandOf(shard, band), [.. ranked[band]]);
        }

        if (ids is not null)
        {
            DataFile.WriteAtomically(_folder.OfShard("measured", shard, ".ids"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', ids))));
        }

        return new(_settings, reader.ContentHash(), verdicts.Count, invalid);
    }

    /// <summary>Cuts the bands and counts: what needs all shards.</summary>
    private FilterDecision Decide(string decided, MeasuredShard[] measured, CancellationToken stop)
    {
        _folder.Undecide();
        var cuts = _filter.Bands.Select((band, k) => band.Cut(
            [.. _shards.SelectMany(shard => VerdictFile.Read<double>(BandOf(shard, k)))])).ToArray();
        var removed = new long[_filter.Rules.Count + _filter.Bands.Count];
        var first = 0L;
        DataFile.WriteAtomically(_folder.Removed, evidence =>
        {
            foreach (var shard in _shards)
            {
                stop.ThrowIfCancellationRequested();
                var verdicts = VerdictFile.Read<short>(_folder.OfShard("measured", shard, ".verdicts"));
                double[][] ranked = [.. cuts.Select((_, k) => VerdictFile.Read<double>(BandOf(shard, k)))];
                using (var lines = File.OpenRead(_folder.OfShard("measured", shard, ".removed.jsonl")))
                {
                    lines.CopyTo(evidence);
                }

                var ids = NeedsIds ? File.ReadAllLines(_folder.OfShard("measured", shard, ".ids")) : null;
                for (var row = 0; row < verdicts.Length; row++)
                {
                    for (var band = 0; verdicts[row] == KeptVerdict && band < cuts.Length; band++)
                    {
                        if (!cuts[band].Keeps(ranked[band][row], first + row))
                        {
                            verdicts[row] = (short)(_filter.Rules.Count + band);
                            var id = ids is null ? FormattableString.Invariant($"{shard.Name}:{row}") : JsonSerializer.Deserialize(ids[row], CurationJson.Readable.String)!;
                            evidence.Write(Line(id, shard.Name, row, _filter.Bands[band].ToString(), ranked[band][row]));
                        }
                    }

                    if (verdicts[row] != KeptVerdict)
                    {
                        removed[verdicts[row]]++;
                    }
                }

                VerdictFile.Write<short>(_folder.OfShard("final", shard, ".verdicts"), verdicts);
                first += verdicts.Length;
            }
        });
        var decision = new FilterDecision(decided, removed);
        _folder.Decided(decision, CurationJson.Readable.FilterDecision);
        return decision;
    }

    private static byte[] Line(string id, string file, long row, string rule, double value)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("file", file);
            json.WriteNumber("row", row);
            json.WriteString("rule", rule);
            if (double.IsFinite(value))
            {
                json.WriteNumber("value", value);
            }
            else
            {
                json.WriteNull("value");
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    /// <summary>What a batch came to.</summary>
    private sealed record Judged(short[] Verdicts, double[][] Ranked, byte[] Evidence);

    /// <summary>What one thread judges with.</summary>
    private sealed class Judge(CorpusFilter filter, RowFilter bound)
    {
        private readonly SignalEvaluator _evaluator = new(filter._signals);
        private readonly NGramBuckets? _buckets = filter._options.Quality is { } model ? new(model.Buckets) : null;
        private readonly double[] _row = new double[filter._signals.Length + filter._fields.Numbers.Count + 1];

        public Judged Of(RecordBatch batch)
        {
            var verdicts = new short[batch.Count];
            var ranked = bound.BandColumns.Select(_ => new double[batch.Count]).ToArray();
            using var evidence = new MemoryStream();
            for (var i = 0; i < batch.Count; i++)
            {
                _evaluator.Compute(batch.Text(i), _row);
                for (var k = 0; k < filter._fields.Numbers.Count; k++)
                {
                    _row[filter._signals.Length + k] = batch.Number(i, k);
                }

                if (_buckets is not null)
                {
                    _row[^1] = filter._options.Quality!.Probability(_buckets.Read(batch.Text(i)));
                }

                var verdict = bound.Judge(_row);
                verdicts[i] = (short)verdict.Rule;
                for (var band = 0; band < ranked.Length; band++)
                {
                    ranked[band][i] = _row[bound.BandColumns[band]];
                }

                if (!verdict.IsKept)
                {
                    evidence.Write(Line(batch.Id(i), batch.Shard.Name, batch.FirstRow + i, bound.Reason(verdict)!, verdict.Value));
                }
            }

            return new(verdicts, ranked, evidence.ToArray());
        }
    }
}

/// <summary>The settings that decide what is filtered.</summary>
internal sealed record FilterSettings(string Text, string? Id, string? Source, IReadOnlyList<string> Rules, IReadOnlyList<string> Bands, string? Quality, IReadOnlyList<string> Shards, IReadOnlyList<string> Folders);

/// <summary>That a shard was measured.</summary>
/// <param name="Settings">What decides it, as a hash.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Rows">How many documents it has.</param>
/// <param name="Invalid">Documents whose text isn't Unicode throughout.</param>
internal sealed record MeasuredShard(string Settings, string Content, long Rows, long Invalid) : IShardMarker;

/// <summary>What went by each rule.</summary>
/// <param name="Settings">What decides it, as a hash: settings, and what the shards hold.</param>
/// <param name="Removed">How many documents, by rule.</param>
internal sealed record FilterDecision(string Settings, IReadOnlyList<long> Removed);
