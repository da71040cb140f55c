using System.Text.Json;
using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>Seconds as an object: a number for each phase, then <c>total</c> and <c>overhead_share</c>. Records of before a phase existed have 0 of it, and what isn't known here is passed over.</summary>
internal sealed class PhaseSecondsConverter : JsonConverter<PhaseSeconds>
{
    private const string Total = "total", OverheadShare = "overhead_share";

    public override PhaseSeconds Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("seconds are an object with a number for each phase");
        }

        var found = new Dictionary<string, double>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number)
            {
                found[name] = reader.GetDouble();
            }
            else
            {
                reader.Skip();
            }
        }

        return PhaseSeconds.Of(phase => found.GetValueOrDefault(PhaseSeconds.NameOf(phase)), found.GetValueOrDefault(Total));
    }

    public override void Write(Utf8JsonWriter writer, PhaseSeconds value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var phase in PhaseSeconds.Phases)
        {
            writer.WriteNumber(PhaseSeconds.NameOf(phase), value[phase]);
        }

        writer.WriteNumber(Total, value.Total);
        writer.WriteNumber(OverheadShare, value.OverheadShare);
        writer.WriteEndObject();
    }
}
