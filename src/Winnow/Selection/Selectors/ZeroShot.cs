using System.Numerics.Tensors;
using Winnow.Catalog;
using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples that cover the embeddings without others near to them.</summary>
    public static Method<ISelector> Zcore => new("zcore",
        "Draw points where embeddings lie, in two of their numbers at a time; raise the score of the sample nearest to each, lower those of the samples around it, and keep the highest.",
        "Griffin, Marks and Corso, Zero-Shot Coreset Selection, 2024 (ZCore)",
        [
            Parameter.Optional("draws", 1, 100_000_000, "how many points are drawn (unset: 20 for each sample, at most 1,000,000, as many as in the published program)") with { Integer = true, Example = "100000" },
            new("neighbours", 1000, 1, 1_000_000, "the scores of how many samples around are lowered") { Integer = true, Example = "100" },
        ],
        static p => new ZeroShotSelector { Draws = (int?)p.Maybe("draws"), Neighbours = (int)p["neighbours"] });
}

/// <summary>
/// ZCore. Scores begin at numbers drawn from [0, 1). Then, again and again: two numbers of the embeddings are drawn, and a point of them, each from the triangular distribution with
/// the smallest, the median and the largest of all samples; the sample nearest to it, by the sum of the two differences, gets 1. Of the samples nearest to that one, if the first is
/// equal to it in both numbers, it loses 1; otherwise all together do, each in proportion to its distance to the power −4. Of equally near ones the smaller id counts. Scores are
/// stretched to [0, 1] at the end; of equal ones the smaller id comes first.
/// </summary>
/// <remarks>Scores are added up as whole numbers of 2⁻³², so that the order of draws, and so the number of threads, doesn't matter. A draw looks at every sample twice; only those that may be among the nearest are put in order.</remarks>
public sealed record ZeroShotSelector : ISelector
{
    private const int MostDraws = 1_000_000, DrawsOfASample = 20;

    // Draws of a thread's turn, and turns between two reports.
    private const int Turn = 64, Report = 256;

    /// <summary>How many points are drawn, at least 1; null for 20 a sample, at most a million.</summary>
    public int? Draws { get; init; }

    /// <summary>How many samples around lose, at least 1; all others where there are fewer.</summary>
    public int Neighbours { get; init; } = 1000;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (input.Count == 0)
        {
            return new([]);
        }

        var totals = Totals(input);
        int[] order = [.. Enumerable.Range(0, input.Count).OrderByDescending(id => totals[id]).ThenBy(static id => id).Take(keep)];
        long low = totals.Min(), high = totals.Max();
        return new(order) { Scores = [.. order.Select(id => high > low ? (float)((totals[id] - low) / (double)(high - low)) : 0)] };
    }

    private long[] Totals(SelectionInput input)
    {
        var draws = Draws ?? (int)Math.Min(MostDraws, (long)DrawsOfASample * input.Count);
        RowSurvey.CheckForDistances(input.Embeddings!, input.Threads, input.Stop);
        var columns = PlaneColumns.Of(input);
        var random = Rng.Derive(input.Seed, 0, "select/zcore");
        using BlockWorkers<PlaneSearch> workers = new(input.Threads, () => new(columns, Math.Min(Neighbours, input.Count - 1)));
        var turns = (draws + Turn - 1) / Turn;
        for (var first = 0; first < turns; first += Report)
        {
            var from = first;
            workers.For(Math.Min(Report, turns - first), (turn, search) =>
            {
                for (int draw = (from + turn) * Turn, end = Math.Min(draws, draw + Turn); draw < end; draw++)
                {
                    search.Draw(random.Sequence((uint)draw));
                }
            }, input.Stop);
            input.Progress?.Invoke((double)Math.Min(turns, first + Report) / turns);
        }

        var totals = new long[input.Count];
        var begin = Rng.Derive(input.Seed, 0, "select/zcore begin");
        for (var i = 0; i < totals.Length; i++)
        {
            totals[i] = begin.UInt32At((ulong)i);
        }

        foreach (var search in workers.Idle)
        {
            TensorPrimitives.Add(totals, search.Totals, totals);
        }

        return totals;
    }
}
