using System.Text.Json;

namespace Winnow.Data.Texts;

/// <summary>A line of a file of JSON lines: plain text, or a prompt with its answer, under the names that such files have.</summary>
internal static class TextLine
{
    /// <summary>What a line looks like.</summary>
    public const string Example = """{"text": "..."} or {"prompt": "...", "response": "..."}""";

    private const string Text = "text", Input = "input";

    private static readonly string[] s_prompts = ["prompt", "instruction"], s_answers = ["response", "completion", "output"];

    /// <summary>The sample of a line.</summary>
    /// <param name="json">The line.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="DataException">It is no JSON, or no such object.</exception>
    public static TextSample Parse(ReadOnlyMemory<char> json, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new DataException($"{place}: is {Word(document.RootElement.ValueKind)}; a line is an object such as {Example}.");
            }

            return Of(document.RootElement, place);
        }
        catch (JsonException error)
        {
            var at = error.BytePositionInLine is { } position ? FormattableString.Invariant($" at byte {position}") : "";
            throw new DataException($"{place}: isn't JSON{at}; a line is an object such as {Example}. Correct it, or remove the line.", error);
        }
    }

    private static TextSample Of(JsonElement line, string place)
    {
        var (prompt, answer, plain) = (Named(line, s_prompts, place), Named(line, s_answers, place), line.TryGetProperty(Text, out _) ? Text : null);
        if (plain is not null)
        {
            return prompt is null && answer is null
                ? new(null, Value(line, Text, place))
                : throw new DataException($"{place}: has \"{Text}\" and \"{prompt ?? answer}\"; a line is plain text or a prompt with its answer, not both.");
        }

        if (prompt is null || answer is null)
        {
            var missing = prompt is not null ? $"has \"{prompt}\" and no answer ({List(s_answers)})" : answer is not null ? $"has \"{answer}\" and no prompt ({List(s_prompts)})"
                : $"has neither \"{Text}\" nor a prompt ({List(s_prompts)}) with its answer ({List(s_answers)})";
            var there = line.EnumerateObject().Select(static property => property.Name).ToArray();
            throw new DataException($"{place}: {missing}; {(there.Length == 0 ? "it is empty" : $"there is {List(there)}")}.");
        }

        // What Alpaca's files have beside an instruction: what the instruction is about, often empty.
        var about = line.TryGetProperty(Input, out var input) && !(input.ValueKind == JsonValueKind.String && input.GetString()!.Length == 0) ? $"\n\n{Value(line, Input, place)}" : "";
        return new(Value(line, prompt, place) + about, Value(line, answer, place));
    }

    private static string? Named(JsonElement line, string[] names, string place)
    {
        string[] there = [.. names.Where(name => line.TryGetProperty(name, out _))];
        return there.Length < 2 ? there.FirstOrDefault() : throw new DataException($"{place}: has {List(there)}, which mean the same; keep one of them.");
    }

    private static string Value(JsonElement line, string name, string place)
    {
        var value = line.GetProperty(name);
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new DataException($"{place}: \"{name}\" is {Word(value.ValueKind)}; it is a text.");
        }

        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new DataException($"{place}: \"{name}\" holds half a character, an escape of U+D800 to U+DFFF without its other half; correct it, or remove the line.", error);
        }

        return string.IsNullOrWhiteSpace(text) ? throw new DataException($"{place}: \"{name}\" is empty; remove the line, or put a text there.") : text;
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"\"{name}\""));

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a text",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
