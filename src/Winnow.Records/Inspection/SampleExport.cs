using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Winnow.Records.Inspection;

/// <summary>All numbers of all samples, a line each: for a spreadsheet or a program.</summary>
public static class SampleExport
{
    private static readonly UTF8Encoding s_text = new(encoderShouldEmitUTF8Identifier: false);

    // Epochs count from 1, as in all output; in the files of the run they are rows from 0.
    private static readonly (string Name, Func<SampleNumbers, Func<int, string?>, object?> Value)[] s_columns =
    [
        ("id", static (sample, _) => sample.Id),
        ("label", static (sample, _) => sample.Label),
        ("label_name", static (sample, name) => name(sample.Label)),
        ("clean_label", static (sample, _) => sample.CleanLabel),
        ("prediction", static (sample, _) => sample.Prediction),
        ("prediction_name", static (sample, name) => sample.Prediction is { } prediction ? name(prediction) : null),
        ("visits", static (sample, _) => sample.Visits),
        ("dropped", static (sample, _) => sample.Dropped),
        ("last_loss", static (sample, _) => sample.LastLoss),
        ("mean_loss", static (sample, _) => sample.MeanLoss),
        ("late_loss", static (sample, _) => sample.LateLoss),
        ("max_loss", static (sample, _) => sample.MaxLoss),
        ("forgotten", static (sample, _) => sample.Forgotten),
        ("first_learned", static (sample, _) => sample.FirstLearned + 1),
    ];

    /// <summary>How a csv file begins.</summary>
    public static string CsvBeginning => "id,label,";

    /// <summary>How a jsonl file begins.</summary>
    public static string JsonBeginning => "{\"id\":";

    /// <summary>Comma-separated values under a line of names (RFC 4180); what isn't known is empty, a loss that wasn't finite is <c>inf</c>.</summary>
    /// <param name="destination">Stays open.</param>
    /// <param name="samples">A line each.</param>
    /// <param name="names">What the classes are called; null where they have no names.</param>
    public static void WriteCsv(Stream destination, IEnumerable<SampleNumbers> samples, IReadOnlyList<string>? names)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using var writer = new StreamWriter(destination, s_text, leaveOpen: true);
        writer.Write(string.Join(',', s_columns.Select(static column => column.Name)));
        writer.Write("\r\n");
        foreach (var sample in samples)
        {
            writer.Write(string.Join(',', s_columns.Select(column => Quoted(Text(column.Value(sample, label => NameOf(label, names)))))));
            writer.Write("\r\n");
        }
    }

    /// <summary>A JSON object a line, with the same names; what isn't known is null, and so is a loss that wasn't finite.</summary>
    /// <param name="destination">Stays open.</param>
    /// <param name="samples">A line each.</param>
    /// <param name="names">What the classes are called; null where they have no names.</param>
    public static void WriteJsonLines(Stream destination, IEnumerable<SampleNumbers> samples, IReadOnlyList<string>? names)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using var writer = new StreamWriter(destination, s_text, leaveOpen: true);
        foreach (var sample in samples)
        {
            writer.Write('{');
            writer.Write(string.Join(',', s_columns.Select(column => $"\"{column.Name}\":{Json(column.Value(sample, label => NameOf(label, names)))}")));
            writer.Write("}\n");
        }
    }

    /// <summary>What a class is called; null where it has no name.</summary>
    public static string? NameOf(int label, IReadOnlyList<string>? names) => names is not null && label < names.Count ? names[label] : null;

    /// <summary>What a class is called, or that it is class 3 where it has no name.</summary>
    public static string NameOrNumber(int label, IReadOnlyList<string>? names) => NameOf(label, names) ?? string.Create(CultureInfo.InvariantCulture, $"class {label}");

    private static string Text(object? value) => value switch
    {
        float.PositiveInfinity or double.PositiveInfinity => "inf",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string?)value ?? "",
    };

    private static string Json(object? value) => value switch
    {
        null or float.PositiveInfinity or double.PositiveInfinity => "null",
        string text => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"",
        _ => Text(value),
    };

    internal static string Quoted(string field) => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
