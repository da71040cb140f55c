using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>
/// Reads manifests. What a file leaves out has its default: the generated reader would give zero and null, since it sets all properties that are set at birth. And what is wrong is told by the
/// names in the file.
/// </summary>
internal static class ManifestFile
{
    private const string KindName = "kind";

    /// <param name="place">The file, for messages.</param>
    /// <param name="json">Its bytes.</param>
    public static EmbedderManifest Parse(string place, byte[] json)
    {
        JsonNode? given;
        try
        {
            given = JsonNode.Parse(json, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException error)
        {
            throw Error(place, FormattableString.Invariant($"isn't JSON at line {error.LineNumber + 1}"), error);
        }

        if (given is not JsonObject settings)
        {
            throw Error(place, $"is {Text(given)}");
        }

        try
        {
            return Merge(place, settings);
        }
        catch (ArgumentException error)
        {
            // JSON allows a name twice, and a node finds out when it is asked.
            throw Error(place, "has a setting twice", error);
        }
    }

    private static EmbedderManifest Merge(string place, JsonObject settings)
    {
        var kind = settings[KindName] is JsonValue value && value.TryGetValue<string>(out var word) ? word : null;
        (EmbedderManifest Defaults, JsonTypeInfo Type) known = kind switch
        {
            ImageManifest.Images => (new ImageManifest(), EmbeddingJson.Default.ImageManifest),
            TextManifest.Texts => (new TextManifest(), EmbeddingJson.Default.TextManifest),
            _ => throw Error(place, settings.ContainsKey(KindName) ? $"is of the kind {Text(settings[KindName])}, and there are {ImageManifest.Images} and {TextManifest.Texts}" : $"has no \"{KindName}\", {ImageManifest.Images} or {TextManifest.Texts}"),
        };
        var merged = JsonSerializer.SerializeToNode(known.Defaults, EmbeddingJson.Default.EmbedderManifest)!.AsObject();
        string[] names = [.. known.Type.Properties.Where(static property => property.Get is not null).Select(static property => property.Name)];
        foreach (var (name, setting) in settings)
        {
            if (name != KindName && !names.Contains(name))
            {
                throw Error(place, $"has a setting \"{name}\", which there isn't for {kind}; there are {string.Join(", ", names)}");
            }

            merged[name] = setting?.DeepClone();
        }

        EmbedderManifest manifest;
        try
        {
            manifest = merged.Deserialize(EmbeddingJson.Default.EmbedderManifest)!;
        }
        catch (JsonException error)
        {
            var name = error.Path?.TrimStart('$', '.').Split('.', '[')[0] ?? "";
            throw Error(place, merged.ContainsKey(name) ? $"has {Text(merged[name])} as \"{name}\", which can't be that" : "can't be read", error);
        }

        manifest.Check(place);
        return manifest;
    }

    private static string Text(JsonNode? node)
    {
        const int Longest = 60;
        var text = node is null ? "null" : node.ToJsonString();
        return text.Length > Longest ? text[..Longest] + "…" : text;
    }

    private static DataException Error(string place, string problem, Exception? inner = null) =>
        new($"{place}: {problem}. A manifest is an object such as {ImageManifest.Example} or {TextManifest.Example}.", inner);
}
