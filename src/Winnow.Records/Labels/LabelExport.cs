using System.Globalization;
using System.Text;
using Winnow.Records.Inspection;

namespace Winnow.Records.Labels;

/// <summary>Labels and what is to be said of them, a line a sample: for a spreadsheet or a program.</summary>
public static class LabelExport
{
    /// <summary>How a file begins.</summary>
    public const string Beginning = "id,label,label_name,predicted,predicted_name,quality,issue";

    /// <summary>Comma-separated values under a line of names (RFC 4180), in UTF-8; a label that isn't doubted has no number in <c>issue</c>.</summary>
    /// <param name="destination">Stays open.</param>
    /// <param name="labels">A line each, in this order.</param>
    /// <param name="names">What the classes are called; null where they have no names.</param>
    public static void WriteCsv(Stream destination, IEnumerable<DoubtfulLabel> labels, IReadOnlyList<string>? names)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var writer = new StreamWriter(destination, new UTF8Encoding(false), leaveOpen: true);
        writer.Write(Beginning + "\r\n");
        foreach (var label in labels)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $"{label.Id},{label.Label},{Name(label.Label)},{label.Predicted},{Name(label.Predicted)},{label.Quality:R},{label.Issue}\r\n"));
        }

        string Name(int c) => SampleExport.Quoted(SampleExport.NameOf(c, names) ?? "");
    }
}
