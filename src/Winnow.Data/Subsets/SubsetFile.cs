using System.Text;
using System.Text.Json;
using Winnow.Data.Formats;

namespace Winnow.Data.Subsets;

/// <summary>
/// A subset as an npz archive that numpy reads: <c>ids</c> (int64 [k], ascending), <c>order</c> (int64 [k], the same, best first), <c>weights</c> (float32 [k], of
/// <c>ids</c>, mean 1), <c>scores</c> (float32 [k], of <c>ids</c>, where there are any) and <c>manifest</c> (JSON in UTF-8 as uint8).
/// </summary>
public static class SubsetFile
{
    private const string Ids = "ids", Order = "order", Weights = "weights", Scores = "scores", Manifest = "manifest";

    /// <summary>Writes a subset, whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="subset">The subset.</param>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    public static void Write(string path, Subset subset)
    {
        ArgumentNullException.ThrowIfNull(subset);
        var order = subset.Order;
        var ids = subset.Ids();
        var weights = subset.WeightsById();
        var scores = subset.ScoresById();
        var manifest = JsonSerializer.SerializeToUtf8Bytes(subset.Manifest, SubsetJson.Default.SubsetManifest);
        Npz.Write(path, archive =>
        {
            archive.Add<long>(Ids, ids.Length, place => ids[place])
                .Add<long>(Order, ids.Length, place => order.Span[place])
                .Add(Weights, ids.Length, place => weights.Length == 0 ? 1f : weights[place]);
            if (scores.Length > 0)
            {
                archive.Add(Scores, ids.Length, place => scores[place]);
            }

            archive.Add(Manifest, manifest.Length, place => manifest[place]);
        });
    }

    /// <summary>Reads a subset.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataAccessException">It can't be opened or read.</exception>
    /// <exception cref="DataFormatException">It is no subset, or its parts don't go together.</exception>
    public static Subset Read(string path)
    {
        using var stream = DataFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a subset from a stream that can seek.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DataFormatException">It is no subset, or its parts don't go together.</exception>
    public static Subset Read(Stream stream, string name)
    {
        var content = Npz.Read(stream, name);
        var manifest = ReadManifest(content, name);
        var order = Positions(content, Order, manifest, name);
        var ids = Positions(content, Ids, manifest, name);
        var sorted = (int[])order.Clone();
        Array.Sort(sorted);
        if (!ids.AsSpan().SequenceEqual(sorted))
        {
            throw Wrong($"{name}/{Ids}.npy", "the ids of order, ascending", "others");
        }

        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] == ids[i - 1])
            {
                throw Wrong($"{name}/{Ids}.npy", "every id once", $"{ids[i]} twice");
            }
        }

        var weights = ByOrder(Numbers(content, Weights, ids.Length, name) ?? throw Wrong(name, $"an array {Weights}", "none"), ids, order);
        if (weights.AsSpan().IndexOfAnyExceptInRange(0, float.MaxValue) is >= 0 and var at)
        {
            throw Wrong($"{name}/{Weights}.npy", "finite weights of at least 0", $"{weights[at]} for sample {order[at]}");
        }

        var scores = Numbers(content, Scores, ids.Length, name);
        return new Subset(manifest, order, Array.TrueForAll(weights, static weight => weight == 1) ? default : weights, scores is null ? default : ByOrder(scores, ids, order));
    }

    private static SubsetManifest ReadManifest(NpzContent content, string name)
    {
        if (content.Find(Manifest) is not { Type: NpyType.UInt8 } bytes)
        {
            throw Wrong(name, $"an array {Manifest} of uint8, as winnow select writes it", "none");
        }

        SubsetManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(bytes.Data.Span, SubsetJson.Default.SubsetManifest);
        }
        catch (JsonException error)
        {
            throw new DataFormatException($"{name}/{Manifest}.npy", error.BytePositionInLine ?? 0, "a subset's manifest in JSON", Encoding.UTF8.GetString(bytes.Data.Span[..Math.Min(60, bytes.Length)]), "Write it by winnow select.", error);
        }

        return manifest is { Format: SubsetManifest.FormatName, N: >= 0, K: >= 0 } && manifest.K <= manifest.N
            ? manifest
            : throw Wrong($"{name}/{Manifest}.npy", $"\"{SubsetManifest.FormatName}\" with 0 <= k <= n", $"\"{manifest?.Format}\" with n={manifest?.N} and k={manifest?.K}");
    }

    private static int[] Positions(NpzContent content, string key, SubsetManifest manifest, string name)
    {
        if (content.Find(key) is not { Type: NpyType.Int64, Shape.Length: 1 } array || array.Length != manifest.K)
        {
            throw Wrong(name, $"an array {key} of {manifest.K} int64, as the manifest says", content.Find(key) is { } other ? $"{other.Type} {other.ShapeText}" : "none");
        }

        var from = array.AsSpan<long>();
        var to = new int[array.Length];
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = from[i] >= 0 && from[i] < manifest.N ? (int)from[i] : throw Wrong($"{name}/{key}.npy", $"ids in [0, {manifest.N})", $"{from[i]} at place {i}");
        }

        return to;
    }

    private static float[]? Numbers(NpzContent content, string key, int count, string name) => content.Find(key) switch
    {
        null => null,
        { Type: NpyType.Float32, Shape.Length: 1 } array when array.Length == count => array.ToSingles(),
        { } other => throw Wrong(name, $"an array {key} of {count} float32", $"{other.Type} {other.ShapeText}"),
    };

    // Arrays are in the order of ids, which is ascending.
    private static float[] ByOrder(float[] byId, int[] ids, int[] order) => Array.ConvertAll(order, id => byId[Array.BinarySearch(ids, id)]);

    private static DataFormatException Wrong(string place, string expected, string found) => new(place, 0, expected, found);
}
