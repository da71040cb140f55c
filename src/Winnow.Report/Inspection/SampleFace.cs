using Winnow.Data;
using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>A sample itself: its picture, or the first of its numbers.</summary>
internal static class SampleFace
{
    private const int ValuesShown = 6;

    /// <param name="set">The samples.</param>
    /// <param name="place">Which, 0-based.</param>
    /// <param name="id">What it is called.</param>
    public static Markup Of(SampleSet set, int place, int id)
    {
        if (set.IsImage)
        {
            return Markup.Of($"<img src=\"data:image/png;base64,{Convert.ToBase64String(set.Picture(place))}\" alt=\"sample {id}\">");
        }

        var values = set.Values(place);
        return Markup.Of($"<code>{string.Join(", ", values.Take(ValuesShown).Select(static value => Numbers.Invariant($"{value:G4}")))}{(values.Length > ValuesShown ? Numbers.Invariant($", … ({values.Length} values)") : "")}</code>");
    }
}
