using Winnow.Curation.Documents;

namespace Winnow.Curation.Running;

/// <summary>The last part of a step: what is kept of every shard is written, each once.</summary>
/// <param name="folder">Where to.</param>
/// <param name="shards">All shards of the inputs.</param>
/// <param name="fields">What of records is looked at.</param>
/// <param name="threads">How many work.</param>
/// <param name="progress">Is told.</param>
internal sealed class KeptStage(CurationFolder folder, IReadOnlyList<Shard> shards, RecordFields fields, int threads, ShardProgress progress)
{
    /// <summary>Writes the shards of a share that aren't written yet.</summary>
    /// <param name="decided">What decides it, as a hash.</param>
    /// <param name="contents">What each shard held when it was decided.</param>
    /// <param name="rows">How many documents it had then.</param>
    /// <param name="keptOf">Gives, of a shard, what says whether a row of it stays; that is asked by several threads.</param>
    /// <param name="share">Which shards are this process's.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What was written of every shard; null where some are left to other processes.</returns>
    public IReadOnlyList<KeptMarker>? Run(string decided, IReadOnlyList<string> contents, IReadOnlyList<long> rows, Func<Shard, Func<long, bool>> keptOf, ShardShare share, CancellationToken stop)
    {
        Shard[] mine = [.. shards.Where(shard => share.Has(shard.Index))];
        progress.Begin("writing", mine.Sum(static shard => shard.Bytes), "bytes");
        var written = new KeptMarker?[shards.Count];
        foreach (var shard in mine)
        {
            written[shard.Index] = folder.WrittenFor(shard, decided);
            if (written[shard.Index] is null)
            {
                var (index, count, isKept) = (shard.Index, rows[shard.Index], keptOf(shard));
                var kept = KeptRecords.Write(shard, folder.Kept(shard), new(contents[index], count), isKept, fields, threads, progress.Within, stop);
                written[index] = new(decided, kept.Content, kept.Losses.Documents, kept.Losses.Kept, kept.Output, kept.Losses.Sources);
                folder.Written(shard, written[index]!);
            }

            progress.Past(shard.Bytes);
        }

        foreach (var shard in shards)
        {
            // What other processes wrote is theirs to check.
            written[shard.Index] ??= folder.WrittenFor(shard, decided, check: false);
        }

        return written.All(static marker => marker is not null) ? [.. written.Select(static marker => marker!)] : null;
    }
}
