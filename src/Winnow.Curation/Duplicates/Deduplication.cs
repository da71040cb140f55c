using System.Globalization;
using System.IO.Hashing;
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
    private readonly CurationFolder _folder;
    private readonly ShardProgress _progress;
    private readonly string _settings;

    private Deduplication(IReadOnlyList<Shard> shards, IReadOnlyList<Shard> against, string folder, DedupOptions options)
    {
        (_shards, _against, _folder, _options) = (shards, against, new(folder, "dedup"), options);
        _progress = new(options.Progress);
        _settings = _folder.Open(Settings(), CurationJson.Readable.SearchSettings);
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
        if (share is { Count: > 1 } && stages is not (DedupStages.Sign or DedupStages.Filter))
        {
            throw new CurationException("a share of the inputs can be signed and, later, filtered; joining is for one process, once every input is signed.");
        }

        var shards = Corpus.Find(inputs, folder);
        var references = against is { Count: > 0 } ? Corpus.Find(against, folder) : [];
        if (references.SelectMany(static shard => shard.Files).Select(Path.GetFullPath).Intersect(shards.SelectMany(static shard => shard.Files).Select(Path.GetFullPath), StringComparer.Ordinal).FirstOrDefault() is { } both)
        {
            throw new CurationException($"{both}: is an input and of the earlier corpus, so that nothing would be left of it; name it once.");
        }

        var search = new Deduplication(shards, references, folder, options);
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
        Require(options.Rule is not (KeepRule.Highest or KeepRule.Lowest) || options.Fields.Numbers.Count == 1, "keeping by a number needs the field that holds it");

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
        if (_folder.ReadResult(CurationJson.Readable.DedupResult) is not { } result)
        {
            return null;
        }

        string[] contents = [.. _shards.Concat(_against).Select(shard => ShardContent.Hash(shard, stop))];
        var decided = CurationFolder.Hash(_settings, contents);
        return DecisionFor(decided, evidence: true) is not null && _shards.All(shard => _folder.WrittenFor(shard, decided) is not null) ? result : null;
    }

    private DedupResult? Run(DedupStages stages, ShardShare share, CancellationToken stop)
    {
        if (stages.HasFlag(DedupStages.Sign))
        {
            Sign(share, stop);
        }

        if (!stages.HasFlag(DedupStages.Join) && !stages.HasFlag(DedupStages.Filter))
        {
            return null;
        }

        var files = new List<SignatureFile>();
        if (!TryOpen(files, out var missing))
        {
            throw new CurationException($"{missing} isn't signed yet; sign every shard before duplicates are joined.");
        }

        var decided = CurationFolder.Hash(_settings, [.. files.Select(static file => file.Facts.Content)]);
        var decision = DecisionFor(decided, evidence: stages.HasFlag(DedupStages.Join));
        if (decision is null && !stages.HasFlag(DedupStages.Join))
        {
            throw new CurationException("what goes isn't decided yet for these inputs; join them before they are filtered.");
        }

        decision ??= Decide(files, decided, stop);
        return stages.HasFlag(DedupStages.Filter) ? Filter(decision, files, share, stop) : null;
    }

    private void Sign(ShardShare share, CancellationToken stop)
    {
        (Shard Shard, bool Reference)[] mine = [.. _shards.Where(shard => share.Has(shard.Index)).Select(static shard => (shard, false)), .. _against.Where(shard => share.Has(shard.Index)).Select(static shard => (shard, true))];
        _progress.Begin("signing", mine.Sum(static of => of.Shard.Bytes), "bytes");
        var signing = new Signing(_options, _settings);
        foreach (var (shard, reference) in mine)
        {
            var path = Signatures(shard, reference);
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
        var file = SignatureFile.TryOpen(path);
        return file is not null && file.Facts.Settings == _settings && file.Facts.Content == ShardContent.Hash(shard, stop);
    }

    private bool TryOpen(List<SignatureFile> files, out string? missing)
    {
        foreach (var (shard, reference) in _shards.Select(static shard => (shard, false)).Concat(_against.Select(static shard => (shard, true))))
        {
            if (SignatureFile.TryOpen(Signatures(shard, reference)) is not { } file)
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
        _folder.Undecide();
        var numbers = new DocumentNumbers([.. files.Select(static file => file.Facts.Rows)]);
        Shard[] all = [.. _shards, .. _against.Select(shard => shard with { Index = shard.Index + _shards.Count })];
        var count = numbers.First(_shards.Count);
        var bands = _options.Bands();
        _progress.Begin("joining", bands.Count + 1, "columns");
        var joining = new Joining(files, numbers);
        var order = joining.Order();
        var same = joining.SameTexts(order, stop);
        _progress.Within(1);
        var buckets = joining.Buckets(bands.Count, same, done => _progress.Within(done + 1), stop);
        var involved = new InvolvedDocuments(numbers.Count, same, buckets, order);
        _progress.Begin("reading candidates", all.Sum(static shard => shard.Bytes), "bytes");
        var before = new long[all.Length];
        for (var shard = 1; shard < all.Length; shard++)
        {
            before[shard] = before[shard - 1] + all[shard - 1].Bytes;
        }

        using var texts = TextStore.Make(_folder.Work, all, [.. files.Select(static file => file.Facts.Content)], numbers, involved, _options, (shard, read) => _progress.Within(before[shard] + read), stop);
        _progress.Begin("verifying", involved.Count, "documents");
        var found = new DuplicateSearch(_options, count, same, involved, buckets.Count, slot => involved.Document(slot) >= count).Run(texts, done => _progress.Within(done), stop);
        _progress.Begin("writing the evidence", found.Removed.Count, "documents");
        var evidence = "";
        DataFile.WriteAtomically(_folder.Removed, stream =>
        {
            var output = new HashedOutput(stream);
            new Evidence(all, numbers, involved, texts, _options.ShingleWords).Write(output, found.Removed, _options.Threads, stop);
            evidence = output.Hash;
        });
        var bits = new byte[(count + 7) / 8];
        foreach (var removed in found.Removed)
        {
            bits[removed.Document / 8] |= (byte)(1 << (removed.Document % 8));
        }

        DataFile.WriteAtomically(RemovedBits, stream => stream.Write(bits));
        var own = files.Take(_shards.Count).Select(static file => file.Facts).ToArray();
        var decision = new DecisionMarker(
            decided, [.. own.Select(static facts => facts.Rows)], found.Removed.Count(static removed => removed.Exact), found.Removed.Count(static removed => !removed.Exact),
            own.Sum(static facts => facts.WithoutWords), own.Sum(static facts => facts.Invalid), found.Threshold, found.Candidates, found.PairsVerified,
            evidence, Convert.ToHexStringLower(XxHash128.Hash(bits)));
        _folder.Decided(decision, CurationJson.Readable.DecisionMarker);
        return decision;
    }

    private DedupResult? Filter(DecisionMarker decision, List<SignatureFile> files, ShardShare share, CancellationToken stop)
    {
        var bits = File.ReadAllBytes(RemovedBits);
        var numbers = new DocumentNumbers(decision.Rows);
        Func<long, bool> KeptOf(Shard shard)
        {
            var first = (long)numbers.First(shard.Index);
            return row => (bits[(first + row) / 8] & (1 << (int)((first + row) % 8))) == 0;
        }

        var stage = new KeptStage(_folder, _shards, _options.Fields, _options.Threads, _progress);
        if (stage.Run(decision.Settings, [.. files.Select(static file => file.Facts.Content)], decision.Rows, KeptOf, share, stop) is not { } written)
        {
            return null;
        }

        var bands = _options.Bands();
        var result = new DedupResult
        {
            Documents = written.Sum(static marker => marker.Documents),
            Kept = written.Sum(static marker => marker.Kept),
            Exact = decision.Exact,
            Near = decision.Near,
            WithoutWords = decision.WithoutWords,
            Invalid = decision.Invalid,
            Threshold = decision.Threshold,
            Bands = bands.Count,
            Rows = bands.Rows,
            Candidates = decision.Candidates,
            PairsVerified = decision.PairsVerified,
            Sources = SourceLosses.Sum(written.SelectMany(static marker => marker.Sources)),
        };
        _folder.End(result, CurationJson.Readable.DedupResult, "signatures", "signatures-against");
        return result;
    }

    /// <summary>What decides the result but for what the inputs hold.</summary>
    private SearchSettings Settings()
    {
        var bands = _options.Bands();
        return new(
            _options.Fields.Text, _options.Fields.Id, [.. _options.Fields.Numbers], _options.Fields.Source, _options.Near, _options.BandThreshold, _options.Keep,
            _options.ShingleWords, bands.Count, bands.Rows, _options.Rule, [.. _options.Prefer], _options.Seed, [.. _shards.Select(static shard => shard.Name)], [.. _against.Select(static shard => shard.Name)],
            Corpus.FoldersOf([.. _shards, .. _against]));
    }

    // Tasks that write shards need not read the evidence.
    private DecisionMarker? DecisionFor(string decided, bool evidence) => _folder.ReadDecision(CurationJson.Readable.DecisionMarker) is { } marker && marker.Settings == decided && File.Exists(RemovedBits) && CurationFolder.HashOf(RemovedBits) == marker.Bits
        && (!evidence || (File.Exists(_folder.Removed) && CurationFolder.HashOf(_folder.Removed) == marker.Evidence)) ? marker : null;

    private string Signatures(Shard shard, bool reference) => _folder.OfShard(reference ? "signatures-against" : "signatures", shard, ".sig");

    /// <summary>A bit a document of the inputs: whether it goes.</summary>
    private string RemovedBits => Path.Combine(_folder.Work, "removed.bits");
}

/// <summary>The options that decide a result, and the names of the shards; with a share to keep the threshold is the least.</summary>
internal sealed record SearchSettings(
    string Text, string? Id, IReadOnlyList<string> Numbers, string? Source, bool Near, double Threshold, double? Keep, int ShingleWords, int Bands, int Rows, KeepRule Rule, IReadOnlyList<string> Prefer, ulong Seed,
    IReadOnlyList<string> Shards, IReadOnlyList<string> Against, IReadOnlyList<string> Folders);
