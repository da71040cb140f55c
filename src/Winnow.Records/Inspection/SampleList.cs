namespace Winnow.Records.Inspection;

/// <summary>The samples of one kind that are worth a look, the most telling first.</summary>
/// <param name="Id">A name for links and files.</param>
/// <param name="Title">What they are called.</param>
/// <param name="Meaning">What they are, and in which order.</param>
/// <param name="Total">How many there are of the kind.</param>
/// <param name="Samples">The first of them.</param>
public sealed record SampleList(string Id, string Title, string Meaning, int Total, IReadOnlyList<SampleNumbers> Samples)
{
    /// <summary>The lists there are; those of which there is no sample are empty.</summary>
    /// <param name="samples">The samples to choose among: all, or those of a class.</param>
    /// <param name="top">How many each list shows at most, at least 1.</param>
    public static IReadOnlyList<SampleList> Of(IReadOnlyList<SampleNumbers> samples, int top)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        return
        [
            Take(
                "never-learned", "Never learned", "classified otherwise than their label says at every visit, the highest mean loss first: wrong labels are among these", samples, top,
                static sample => sample.NeverLearned, static sample => sample.MeanLoss ?? 0, static _ => 0),
            Take(
                "forgotten", "Most forgotten", "right at one visit and wrong at the next, the most often first", samples, top,
                static sample => sample.Forgotten > 0, static sample => sample.Forgotten, static sample => sample.MeanLoss ?? 0),
            Take(
                "hardest", "Hardest", $"the highest mean loss over the last {SampleNumbers.LateVisits} visits first", samples, top,
                static sample => sample.Visits > 0, static sample => sample.LateLoss ?? 0, static _ => 0),
            Take(
                "dropped", "Most often dropped", "left out by the method in the most epochs, of these the lowest last loss first", samples, top,
                static sample => sample.Dropped > 0, static sample => sample.Dropped, static sample => -(sample.LastLoss ?? 0)),
        ];
    }

    // Equal ones by their ids, so that the lists are the same every time.
    private static SampleList Take(
        string id, string title, string meaning, IReadOnlyList<SampleNumbers> samples, int top, Func<SampleNumbers, bool> belongs, Func<SampleNumbers, double> first, Func<SampleNumbers, double> then)
    {
        SampleNumbers[] all = [.. samples.Where(belongs)];
        return new SampleList(id, title, meaning, all.Length, [.. all.OrderByDescending(first).ThenByDescending(then).ThenBy(static sample => sample.Id).Take(top)]);
    }
}
