using System.Text.Json;
using System.Text.Json.Serialization;

namespace Winnow.Embedding;

/// <summary>How manifests and what stands beside embeddings are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(EmbedderManifest))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(TextManifest))]
[JsonSerializable(typeof(EmbeddingInfo))]
internal sealed partial class EmbeddingJson : JsonSerializerContext;
