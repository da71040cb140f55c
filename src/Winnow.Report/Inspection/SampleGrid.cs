using System.Text;
using Winnow.Data;
using Winnow.Records.Inspection;
using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>Samples side by side: the picture or the row, the label, what the model took it for, the loss over the epochs, the visits.</summary>
/// <param name="run">What was recorded.</param>
/// <param name="set">The samples themselves; null where they aren't at hand.</param>
internal sealed class SampleGrid(InspectedRun run, SampleSet? set)
{
    private const int Width = 96, Height = 28, Edge = 3, MostDots = 40;

    // What guessing costs; twice that and all above lie at the upper edge, so that curves compare.
    private readonly double _chance = Math.Log(Math.Max(2, run.Plan.Dataset.Classes));

    public static Markup Legend { get; } = Markup.Of($"""
        <p class="note">Below each sample: its label, what the model took it for at its last visit, and its loss from epoch to epoch. A full dot is a visit at which it was classified as its label says, a hollow one a visit at which it wasn't, a gap an epoch that left it out; the line across is what guessing would cost.</p>

        """);

    public Markup Of(SampleList list) => list.Total == 0
        ? Markup.Of($"<h3>{list.Title}: none</h3>\n")
        : Markup.Of($"""
            <h3>{list.Title}: {Numbers.Invariant($"{list.Total:N0}")}</h3>
            <p class="note">{Sentence(list.Meaning)}{(list.Total > list.Samples.Count ? Numbers.Invariant($" The first {list.Samples.Count} are shown.") : "")}</p>
            <ol class="samples">
            {Markup.Join(list.Samples.Select(Of))}</ol>

            """);

    private Markup Of(SampleNumbers sample) => Markup.Of($"""
        <li>{(set is null ? Markup.Empty : SampleFace.Of(set, sample.Place, sample.Id))}
        <b>{Name(sample.Label)}</b>{(sample.CleanLabel is { } clean && clean != sample.Label ? Markup.Of($" <i>made wrong, was {Name(clean)}</i>") : Markup.Empty)}{Seen(sample)}
        {Spark(sample.Place)}
        <small>{sample.Visits} of {sample.Visits + sample.Dropped} visits{(sample.LateLoss is { } loss ? Numbers.Invariant($", loss {loss:0.00}") : "")}{(sample.Forgotten > 0 ? Numbers.Invariant($", forgotten {sample.Forgotten}×") : "")}<br>no. {sample.Id}</small></li>

        """);

    private Markup Seen(SampleNumbers sample) => sample.Prediction is not { } prediction ? Markup.Of($"<span>never visited</span>")
        : prediction == sample.Label ? Markup.Of($"<span>taken for it</span>")
        : Markup.Of($"<span class=\"wrong\">taken for {Name(prediction)}</span>");

    private string Name(int label) => SampleExport.NameOrNumber(label, run.ClassNames);

    private Markup Spark(int place)
    {
        var (history, epochs) = (run.History, run.History.Recorded);
        var label = history.LabelsTrained[place];
        var (path, dots) = (new StringBuilder(), new List<Markup>());
        var joined = false;
        for (var k = 0; k < epochs.Count; k++)
        {
            var loss = history.LossesOf(epochs[k])[place];
            if (float.IsNaN(loss))
            {
                joined = false;
                continue;
            }

            var x = epochs.Count == 1 ? Width / 2.0 : Edge + ((Width - (2.0 * Edge)) * k / (epochs.Count - 1));
            var y = Y(loss);
            path.Append(Numbers.Invariant($"{(joined ? "L" : "M")}{x:0.#} {y:0.#}"));
            if (epochs.Count <= MostDots)
            {
                dots.Add(Markup.Of($"<circle cx=\"{Numbers.Invariant($"{x:0.#}")}\" cy=\"{Numbers.Invariant($"{y:0.#}")}\" r=\"2\"{(history.PredictionsOf(epochs[k])[place] == label ? Markup.Empty : Markup.Of($" class=\"wrong\""))}/>"));
            }
            else if (!joined)
            {
                // One visit between two gaps is seen all the same.
                path.Append("h0.1");
            }

            joined = true;
        }

        return Markup.Of($"<svg class=\"spark\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"loss by epoch\"><path class=\"chance\" d=\"M0 {Numbers.Invariant($"{Y(_chance):0.#}")}H{Width}\"/><path d=\"{path}\"/>{Markup.Join(dots)}</svg>");
    }

    private double Y(double loss) => Edge + ((Height - (2 * Edge)) * (1 - Math.Min(1, loss / (2 * _chance))));

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
