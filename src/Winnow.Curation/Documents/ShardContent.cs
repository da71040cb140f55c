using System.IO.Hashing;

namespace Winnow.Curation.Documents;

/// <summary>What a shard's files hold, as a hash.</summary>
internal static class ShardContent
{
    /// <summary>The hash that a reader gives once it has read everything (<see cref="RecordReader.ContentHash"/>), without unpacking anything.</summary>
    public static string Hash(Shard shard, CancellationToken stop)
    {
        var hash = new XxHash128();
        var buffer = new byte[1 << 20];
        foreach (var path in shard.Files)
        {
            using var input = new HashedInput(path, hash);
            while (input.Read(buffer) > 0)
            {
                stop.ThrowIfCancellationRequested();
            }
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
