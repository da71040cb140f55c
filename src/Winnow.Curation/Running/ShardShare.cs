using System.Globalization;

namespace Winnow.Curation.Running;

/// <summary>Which shards one of several processes works on: every so many-th.</summary>
/// <param name="Index">Which of the processes, from 0.</param>
/// <param name="Count">How many there are, at least 1.</param>
public readonly record struct ShardShare(int Index, int Count)
{
    /// <summary>All shards.</summary>
    public static ShardShare All { get; } = new(0, 1);

    /// <summary>Whether a shard is one of them.</summary>
    public bool Has(int shard) => shard % Count == Index;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
