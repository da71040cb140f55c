using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Winnow.Curation.Documents;

/// <summary>Finds the fields of records: a parser a thread.</summary>
/// <param name="fields">Which are looked at.</param>
public sealed class RecordParser(RecordFields fields)
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(fields.Text);
    private readonly byte[]? _id = Bytes(fields.Id), _source = Bytes(fields.Source);

    private readonly byte[][] _numberNames = [.. fields.Numbers.Select(Encoding.UTF8.GetBytes)];
    private readonly double[] _numbers = new double[fields.Numbers.Count];
    private readonly bool[] _hasNumber = new bool[fields.Numbers.Count];

    /// <summary>Finds the fields of every record of a batch.</summary>
    /// <exception cref="RecordException">A record is no JSON object, or a field isn't there or of another kind: with its place.</exception>
    public void Parse(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        for (var i = 0; i < batch.Count; i++)
        {
            try
            {
                Parse(batch, i);
            }
            catch (JsonException error)
            {
                throw new RecordException($"{batch.Place(i)}: isn't JSON{(error.BytePositionInLine is { } at ? string.Create(CultureInfo.InvariantCulture, $" at byte {at}") : "")}; a line is an object such as {{\"{fields.Text}\": \"...\"}}. Correct it, or remove the line.", error);
            }
            catch (InvalidOperationException error)
            {
                throw new RecordException($"{batch.Place(i)}: a field's name isn't Unicode; correct it, or remove the line.", error);
            }
        }
    }

    private void Parse(RecordBatch batch, int i)
    {
        var reader = new Utf8JsonReader(batch.Record(i), new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new RecordException($"{batch.Place(i)}: is {Word(reader.TokenType)}; a line is an object such as {{\"{fields.Text}\": \"...\"}}.");
        }

        var (textLength, invalid, hasText) = (0, false, false);
        Range? id = null, source = null;
        _hasNumber.AsSpan().Clear();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The last of several fields of one name counts, as JSON's readers have it; one field may serve several purposes.
            var (isText, isId, isSource, number) = (reader.ValueTextEquals(_text), Is(ref reader, _id), Is(ref reader, _source), -1);
            for (var k = 0; k < _numberNames.Length; k++)
            {
                number = reader.ValueTextEquals(_numberNames[k]) ? k : number;
            }

            reader.Read();
            if (isText)
            {
                (textLength, invalid) = Text(ref reader, batch, i);
                hasText = true;
            }

            id = isId ? Name(ref reader, batch, i, fields.Id!) : id;
            source = isSource ? Name(ref reader, batch, i, fields.Source!) : source;
            if (number >= 0)
            {
                (_numbers[number], _hasNumber[number]) = (Number(ref reader, batch, i, number), true);
            }

            reader.Skip();
        }

        // What is behind the object would be an error, which the reader finds.
        reader.Read();
        if (!hasText)
        {
            throw Missing(batch, i, fields.Text, "the field of the text is an input");
        }

        if (_id is not null && id is null)
        {
            throw Missing(batch, i, fields.Id!, "the field of ids is an input");
        }

        if (_hasNumber.AsSpan().IndexOf(false) is >= 0 and var missing)
        {
            throw Missing(batch, i, fields.Numbers[missing], "the field of a number is an input, and null where a record has none");
        }

        if (_source is not null && source is null)
        {
            throw Missing(batch, i, fields.Source!, "the field of sources is an input");
        }

        batch.AddFields(textLength, invalid, id, _numbers, source);
    }

    private (int Length, bool Invalid) Text(ref Utf8JsonReader reader, RecordBatch batch, int i)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return (0, false);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Kind(batch, i, fields.Text, reader.TokenType, "a text");
        }

        var value = reader.ValueSpan;
        var space = batch.TextSpace(value.Length);
        if (!reader.ValueIsEscaped && Utf8.IsValid(value))
        {
            value.CopyTo(space);
            return (value.Length, false);
        }

        try
        {
            if (Utf8.IsValid(value))
            {
                return (reader.CopyString(space), false);
            }
        }
        catch (InvalidOperationException)
        {
            // Half a character as an escape.
        }

        return (JsonText.UnescapeLeniently(value, batch), true);
    }

    private double Number(ref Utf8JsonReader reader, RecordBatch batch, int i, int k) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.Null => double.NaN,
        var kind => throw Kind(batch, i, fields.Numbers[k], kind, "a number"),
    };

    private static bool Is(ref Utf8JsonReader reader, byte[]? name) => name is not null && reader.ValueTextEquals(name);

    private static Range Name(ref Utf8JsonReader reader, RecordBatch batch, int i, string field)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return batch.AddName(reader.ValueSpan);
            case JsonTokenType.String:
                try
                {
                    return batch.AddName(Encoding.UTF8.GetBytes(reader.GetString()!));
                }
                catch (InvalidOperationException error)
                {
                    throw new RecordException($"{batch.Place(i)}: \"{field}\" isn't Unicode; it names the record or its source.", error);
                }

            default:
                throw Kind(batch, i, field, reader.TokenType, "a text or a number");
        }
    }

    private static RecordException Kind(RecordBatch batch, int i, string field, JsonTokenType kind, string rule) =>
        new($"{batch.Place(i)}: \"{field}\" is {Word(kind)}; it is {rule}.");

    private static RecordException Missing(RecordBatch batch, int i, string field, string remedy)
    {
        string[] there = [];
        try
        {
            using var document = JsonDocument.Parse(batch.Record(i).ToArray());
            there = [.. document.RootElement.EnumerateObject().Select(static property => $"\"{property.Name}\"").Distinct()];
        }
        catch (InvalidOperationException)
        {
            there = ["names that aren't Unicode"];
        }

        return new($"{batch.Place(i)}: has no \"{field}\"; {(there.Length == 0 ? "it is empty" : $"there is {string.Join(", ", there)}")}; {remedy}.");
    }

    private static byte[]? Bytes(string? name) => name is null ? null : Encoding.UTF8.GetBytes(name);

    private static string Word(JsonTokenType kind) => kind switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.Number => "a number",
        JsonTokenType.String => "a text",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };
}
