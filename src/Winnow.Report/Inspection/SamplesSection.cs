using Winnow.Data;
using Winnow.Records.Inspection;
using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>The samples of a run in its report: the lists of <c>winnow inspect</c>, short.</summary>
internal static class SamplesSection
{
    private const int Top = 12;

    /// <summary>The section; empty for a run that recorded nothing.</summary>
    /// <param name="folder">The folder of <c>train</c>.</param>
    /// <param name="hand">What is known of the run; null reads and opens it.</param>
    public static Markup Of(string folder, RunAtHand? hand)
    {
        if (!InspectedRun.Has(folder))
        {
            return Markup.Empty;
        }

        try
        {
            var run = InspectedRun.Open(folder, plan: hand?.Plan);
            var (pictures, problem) = (hand?.Samples, (string?)null);
            try
            {
                pictures ??= run.OpenSamples();
            }
            catch (DataException error)
            {
                problem = $"There are no pictures, since the data can't be opened: {error.Message}";
            }

            return Section(Markup.Of($"{Warning(problem)}{SamplesPage.Note(run)}{SamplesPage.Lists(new SampleGrid(run, pictures), run.Numbers, Top)}"));
        }
        catch (Exception error) when (error is DataException or IOException)
        {
            // The rest of the report can be trusted all the same.
            return Section(Warning(error.Message));
        }
    }

    private static Markup Section(Markup content) => Markup.Of($"""
        <section id="samples">
        <h2>The samples</h2>
        {content}</section>

        """);

    private static Markup Warning(string? text) => text is null ? Markup.Empty : Markup.Of($"<p class=\"warning\">{text}</p>\n");
}
