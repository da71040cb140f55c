using System.Text.Json.Serialization;
using Winnow.Curation.Duplicates;

namespace Winnow.Curation;

/// <summary>The documents of this assembly, as fields of JSON in snake case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SignatureFacts))]
[JsonSerializable(typeof(FolderSettings))]
[JsonSerializable(typeof(DecisionMarker))]
[JsonSerializable(typeof(FilterMarker))]
[JsonSerializable(typeof(SearchSettings))]
[JsonSerializable(typeof(DedupResult))]
internal sealed partial class CurationJson : JsonSerializerContext;
