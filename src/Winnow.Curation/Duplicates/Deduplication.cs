using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Duplicates;

/// <summary>What is done of a removal of duplicates, where several processes share it.</summary>
[Flags]
public enum DedupStages
{
    /// <summary>The signatures of shards; shared out among processes.</summary>
    Sign = 1,

    /// <summary>What goes, decided for all documents by one process once every shard is signed.</summary>
    Join = 2,

    /// <summary>What is kept of shards; shared out among processes.</summary>
    Filter = 4,

    /// <summary>Everything.</summary>
    All = Sign | Join | Filter,
}

/// <summary>
/// Removes duplicates from a corpus that may be larger than memory: exact ones by a cryptographic hash of the text, near ones by MinHash and bands, each pair verified on the texts before one of it goes.
/// The same inputs and options give the same bytes at any number of threads, shards and processes, and after any interruption.
/// </summary>
public sealed class Deduplication
{
    private readonly DedupOptions _options;
    private readonly IReadOnlyList<Shard> _shards, _against;
    private readonly DedupFolder _folder;
    private readonly ShardProgress _progress;
    private readonly string _settings;
    private readonly SearchSettings _given;

    private Deduplication(IReadOnlyList<Shard> shards, IReadOnlyList<Shard> against, string folder, DedupOptions options)
    {
        (_shards, _against, _folder, _options) = (shards, against, new(folder), options);
        _progress = new(options.Progress);
        var settings = Settings();
        (_settings, _given) = (Hash(JsonSerializer.Serialize(settings, CurationJson.Default.SearchSettings), []), settings);
    }

    /// <summary>Removes the duplicates of inputs.</summary>
    /// <param name="inputs">Files and folders of records (<see cref="Corpus.Find"/>), in the order in which they are kept.</param>
    /// <param name="folder">Where the result goes; one that is empty, or that a run with the same settings began.</param>
    /// <param name="options">How.</param>
    /// <param name="against">Files and folders of an earlier corpus: what is a duplicate of its documents goes, and they themselves stay where they are.</param>
    /// <param name="stages">Which part is done.</param>
    /// <param name="share">Which shards this process works on.</param>
    /// <param name="stop">Ends it; what is finished is kept, and the next run goes on from there.</param>
    /// <returns>What was done; null where shards are left to other processes or stages.</returns>
    /// <exception cref="DataException">Inputs, options or the folder can't be used: which, and what to do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DedupResult? Run(
        IReadOnlyList<string> inputs, string folder, DedupOptions options, IReadOnlyList<string>? against = null, DedupStages stages = DedupStages.All, ShardShare? share = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var shards = Corpus.Find(inputs);
        var search = new Deduplication(shards, against is { Count: > 0 } ? Corpus.Find(against) : [], folder, options);
        search._folder.Open(new(search._settings, search._given));
        return search.Finished(stop) ?? search.Run(stages, share ?? ShardShare.All, stop);
    }

    private static void Check(DedupOptions options)
    {
        Require(options.Threshold is > 0 and <= 1, Text($"a threshold of {options.Threshold} is not in (0, 1]; e.g. 0.8"));
        Require(options.LeastThreshold is > 0 and <= 1, Text($"a least threshold of {options.LeastThreshold} is not in (0, 1]; e.g. 0.5"));
        Require(options.Keep is null or (> 0 and < 1), Text($"keeping {options.Keep} of the documents is not in (0, 1); e.g. 0.8"));
        Require(options.Keep is null || options.Near, "a share of the documents can be kept by the similarity of near duplicates, and only exact ones are looked for; look for near ones too");
        Require(options.ShingleWords is >= 1 and <= 1000, Text($"shingles of {options.ShingleWords} words are not in [1, 1000]; e.g. 5"));
        Require(options.Hashes is >= 1 and <= 4096, Text($"{options.Hashes} hash functions are not in [1, 4096]; e.g. 112"));
        Require(options.Recall is > 0 and < 1, Text($"a recall of {options.Recall} is not in (0, 1); e.g. 0.99"));
        Require(options.Threads >= 1, Text($"{options.Threads} threads are fewer than 1"));
        Require(options.Rule is not (KeepRule.Highest or KeepRule.Lowest) || options.Fields.Number is not null, "keeping by a number needs the field that holds it");
        Require(options.Prefer.Count < 32767, Text($"{options.Prefer.Count} preferred sources are more than 32,766"));

        static string Text(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);

        static void Require(bool holds, string message)
        {
            if (!holds)
            {
                throw new CurationException($"{message}.");
            }
        }
    }

    /// <summary>The result of a run that is complete, for inputs that haven't changed since; null where there is something to do.</summary>
    private DedupResult? Finished(CancellationToken stop)
    {
        if (_folder.ReadResult() is not { } result)
        {
            return null;
        }

        string[] contents = [.. _shards.Concat(_against).Select(shard => ShardContent.Hash(shard, stop))];
        var decided = Hash(_settings, contents);
        return _folder.DecisionFor(decided) is not null && _shards.All(shard => _folder.WrittenFor(shard, decided) is not null) ? result : null;
    }

    private DedupResult? Run(DedupStages stages, ShardShare share, CancellationToken stop)
    {
        if (stages.HasFlag(DedupStages.Sign))
        {
            Sign(share, stop);
        }

        // What the shards held when they were signed.
        var files = new List<SignatureFile>();
        try
        {
            DecisionMarker? decision = null;
            if (stages.HasFlag(DedupStages.Join) || stages.HasFlag(DedupStages.Filter))
            {
                if (!TryOpen(files, out var missing))
                {
                    return share.Count > 1 && stages == DedupStages.All ? null
                        : throw new CurationException($"{missing} isn't signed yet; sign every shard before duplicates are joined.");
                }

                var decided = Hash(_settings, [.. files.Select(static file => file.Facts.Content)]);
                decision = _folder.DecisionFor(decided);
                if (decision is null && !stages.HasFlag(DedupStages.Join))
                {
                    throw new CurationException("what goes isn't decided yet for these inputs; join them before they are filtered.");
                }

                decision ??= Decide(files, decided, stop);
            }

            return decision is not null && stages.HasFlag(DedupStages.Filter) ? Filter(decision, files, share, stop) : null;
        }
        finally
        {
            files.ForEach(static file => file.Dispose());
        }
    }

    private void Sign(ShardShare share, CancellationToken stop)
    {
        (Shard Shard, bool Reference)[] mine = [.. _shards.Where(shard => share.Has(shard.Index)).Select(static shard => (shard, false)), .. _against.Where(shard => share.Has(shard.Index)).Select(static shard => (shard, true))];
        _progress.Begin("signing", mine.Sum(static of => of.Shard.Bytes), "bytes");
        var signing = new Signing(_options, _settings);
        foreach (var (shard, reference) in mine)
        {
            var path = _folder.Signatures(shard, reference);
            if (!IsSigned(shard, path, stop))
            {
                signing.Write(shard, path, reference, _progress.Within, stop);
            }

            _progress.Past(shard.Bytes);
        }
    }

    // A shard that is signed and hasn't changed since is passed over.
    private bool IsSigned(Shard shard, string path, CancellationToken stop)
    {
        using var file = SignatureFile.TryOpen(path);
        return file is not null && file.Facts.Settings == _settings && file.Facts.Content == ShardContent.Hash(shard, stop);
    }

    private bool TryOpen(List<SignatureFile> files, out string? missing)
    {
        foreach (var (shard, reference) in _shards.Select(static shard => (shard, false)).Concat(_against.Select(static shard => (shard, true))))
        {
            if (SignatureFile.TryOpen(_folder.Signatures(shard, reference)) is not { } file)
            {
                missing = shard.Name;
                return false;
            }

            files.Add(file);
            if (file.Facts.Settings != _settings)
            {
                missing = shard.Name;
                return false;
            }
        }

        missing = null;
        return true;
    }

    private DecisionMarker Decide(List<SignatureFile> files, string decided, CancellationToken stop)
    {
        var numbers = new DocumentNumbers([.. files.Select(static file => file.Facts.Rows)]);
        Shard[] all = [.. _shards, .. _against.Select(shard => shard with { Index = shard.Index + _shards.Count })];
        var count = numbers.First(_shards.Count);
        var bands = _options.Bands();
        _progress.Begin("joining", bands.Count + 1, "columns");
        var joining = new Joining(files, numbers);
        var priorities = joining.Priorities();
        var same = joining.SameTexts(priorities, stop);
        _progress.Within(1);
        var buckets = joining.Buckets(bands.Count, same, done => _progress.Within(done + 1), stop);
        var involved = new InvolvedDocuments(numbers.Count, same, buckets, priorities);
        _progress.Begin("reading candidates", all.Sum(static shard => shard.Bytes), "bytes");
        using var texts = TextStore.Make(_folder.Texts, all, numbers, involved, _options, (shard, read) => _progress.Within(all.Take(shard).Sum(static before => before.Bytes) + read), stop);
        _progress.Begin("verifying", involved.Count, "documents");
        var found = new DuplicateSearch(_options, count, same, involved, buckets.Count, slot => involved.Document(slot) >= count).Run(texts, done => _progress.Within(done), stop);
        _progress.Begin("writing the evidence", found.Removed.Count, "documents");
        DataFile.WriteAtomically(_folder.Removed, stream => new Evidence(all, numbers, involved, texts, _options.ShingleWords).Write(stream, found.Removed, _options.Threads, stop));
        var bits = new byte[(count + 7) / 8];
        foreach (var removed in found.Removed)
        {
            bits[removed.Document / 8] |= (byte)(1 << (removed.Document % 8));
        }

        DataFile.WriteAtomically(_folder.RemovedBits, stream => stream.Write(bits));
        var own = files.Take(_shards.Count).Select(static file => file.Facts).ToArray();
        var decision = new DecisionMarker(
            decided, [.. own.Select(static facts => facts.Rows)], found.Removed.Count(static removed => removed.Exact), found.Removed.Count(static removed => !removed.Exact),
            own.Sum(static facts => facts.WithoutWords), own.Sum(static facts => facts.Invalid), found.Threshold, found.Candidates, found.PairsVerified);
        _folder.Decided(decision);
        return decision;
    }

    private DedupResult? Filter(DecisionMarker decision, List<SignatureFile> files, ShardShare share, CancellationToken stop)
    {
        var bits = File.ReadAllBytes(_folder.RemovedBits);
        var numbers = new DocumentNumbers(decision.Rows);
        Shard[] mine = [.. _shards.Where(shard => share.Has(shard.Index))];
        _progress.Begin("writing", mine.Sum(static shard => shard.Bytes), "bytes");
        var written = new FilterMarker?[_shards.Count];
        foreach (var shard in mine)
        {
            written[shard.Index] = _folder.WrittenFor(shard, decision.Settings);
            if (written[shard.Index] is null)
            {
                var (first, rows) = (numbers.First(shard.Index), numbers.Rows(shard.Index));
                var kept = KeptRecords.Write(
                    shard, _folder.Kept(shard), row => row < rows ? (bits[(first + row) / 8] & (1 << (int)((first + row) % 8))) == 0 : throw TextStore.Changed(shard),
                    _options.Fields, _options.Threads, _progress.Within, stop);
                if (kept.Content != files[shard.Index].Facts.Content)
                {
                    File.Delete(_folder.Kept(shard));
                    throw TextStore.Changed(shard);
                }

                written[shard.Index] = new(decision.Settings, kept.Content, kept.Losses.Documents, kept.Losses.Kept, kept.Output, kept.Losses.Sources);
                _folder.Written(shard, written[shard.Index]!);
            }

            _progress.Past(shard.Bytes);
        }

        foreach (var shard in _shards)
        {
            written[shard.Index] ??= _folder.WrittenFor(shard, decision.Settings);
            if (written[shard.Index] is null)
            {
                return null;
            }
        }

        var bands = _options.Bands();
        var result = new DedupResult
        {
            Documents = written.Sum(static marker => marker!.Documents),
            Kept = written.Sum(static marker => marker!.Kept),
            Exact = decision.Exact,
            Near = decision.Near,
            WithoutWords = decision.WithoutWords,
            Invalid = decision.Invalid,
            Threshold = decision.Threshold,
            Bands = bands.Count,
            Rows = bands.Rows,
            Candidates = decision.Candidates,
            PairsVerified = decision.PairsVerified,
            Sources = SourceLosses.Sum(written.SelectMany(static marker => marker!.Sources)),
        };
        _folder.End(result);
        return result;
    }

    /// <summary>What decides the result but for what the inputs hold.</summary>
    private SearchSettings Settings()
    {
        var bands = _options.Bands();
        return new(
            _options.Fields.Text, _options.Fields.Id, _options.Fields.Number, _options.Fields.Source, _options.Near, _options.Keep is null ? _options.Threshold : _options.LeastThreshold, _options.Keep,
            _options.ShingleWords, bands.Count, bands.Rows, _options.Rule, [.. _options.Prefer], _options.Seed, [.. _shards.Select(static shard => shard.Name)], [.. _against.Select(static shard => shard.Name)]);
    }

    private static string Hash(string settings, IEnumerable<string> more)
    {
        var hash = new XxHash128();
        foreach (var part in more.Prepend(settings))
        {
            hash.Append(Encoding.UTF8.GetBytes(part + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}

/// <summary>The options that decide a result, and the names of the shards; with a share to keep the threshold is the least.</summary>
internal sealed record SearchSettings(
    string Text, string? Id, string? Number, string? Source, bool Near, double Threshold, double? Keep, int ShingleWords, int Bands, int Rows, KeepRule Rule, IReadOnlyList<string> Prefer, ulong Seed,
    IReadOnlyList<string> Shards, IReadOnlyList<string> Against);
