using System.Text.Json.Serialization;
using Winnow.Curation.Duplicates;
using Winnow.Curation.Filters;
using Winnow.Curation.Resampling;
using Winnow.Curation.Running;
using Winnow.Curation.Signals;

namespace Winnow.Curation;

/// <summary>The documents of this assembly, as fields of JSON in snake case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SignatureFacts))]
[JsonSerializable(typeof(FolderSettings))]
[JsonSerializable(typeof(DecisionMarker))]
[JsonSerializable(typeof(KeptMarker))]
[JsonSerializable(typeof(SearchSettings))]
[JsonSerializable(typeof(DedupResult))]
[JsonSerializable(typeof(FilterSettings))]
[JsonSerializable(typeof(MeasuredShard))]
[JsonSerializable(typeof(FilterDecision))]
[JsonSerializable(typeof(FilterResult))]
[JsonSerializable(typeof(SignalSettings))]
[JsonSerializable(typeof(SignalMarker))]
[JsonSerializable(typeof(ResampleSettings))]
[JsonSerializable(typeof(CountedShard))]
[JsonSerializable(typeof(ResampleResult))]
[JsonSerializable(typeof(string))]
internal sealed partial class CurationJson : JsonSerializerContext
{
    /// <summary>For people to read: signs that are only special in web pages stand as they are.</summary>
    public static CurationJson Readable => field ??= new(new System.Text.Json.JsonSerializerOptions(Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
