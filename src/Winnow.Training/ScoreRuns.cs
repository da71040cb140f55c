using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Scores;

namespace Winnow.Training;

/// <summary>
/// The runs that some scores need: each over all samples and from a seed of its own, derived from one; a score takes part in as many of the first of them as it asks for. A run ends after the last
/// epoch that any of its scores wants something of.
/// </summary>
public sealed class ScoreRuns
{
    private readonly Trainer _trainer;
    private readonly ISampleScore[] _scores;
    private readonly ulong _seed;
    private readonly int _runs;

    /// <summary>Plans the runs, in milliseconds.</summary>
    /// <param name="trainer">On the data and the recipe that the scores are to be of.</param>
    /// <param name="scores">Specs, each once.</param>
    /// <param name="seed">From which those of the runs are derived.</param>
    /// <param name="runs">Over how many runs scores are averaged that don't say so themselves, at least 1.</param>
    /// <exception cref="Catalog.MethodSpecException">A spec is wrong.</exception>
    /// <exception cref="RecipeException">The runs are too short for a score, or the task doesn't tell what one needs.</exception>
    public ScoreRuns(Trainer trainer, IReadOnlyList<string> scores, ulong seed = 1, int runs = 1)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        (_trainer, _scores, _seed, _runs) = (trainer, [.. scores.Select(ScoreCatalog.Parse)], seed, runs);
        ArgumentOutOfRangeException.ThrowIfZero(_scores.Length, nameof(scores));
        Count = _scores.Max(score => score.Runs ?? runs);
        trainer.Check(Request(0));
    }

    /// <summary>How many runs there are.</summary>
    public int Count { get; }

    /// <summary>What the user should know of the scores before anything is trained, in sentences: that one looks after the first epoch where nobody asked for it.</summary>
    public IReadOnlyList<string> Notes => field ??=
    [
        .. _scores.OfType<EarlyPassScore>().Where(score => score.Epochs is null && _trainer.Settings.Epochs > 1 && score.Looks(0, _trainer.Settings.Epochs))
            .Select(score => $"{score} looks at the samples after 1 of {_trainer.Settings.Epochs} epochs, a tenth of them rounded up as 20 of 200 in the paper; so early one training is noisy: look later or average, e.g. {score with { Epochs = 2, Runs = 3 }}."),
    ];

    /// <summary>What is asked of a run.</summary>
    /// <param name="run">0-based.</param>
    public TrainingRequest Request(int run)
    {
        string[] mine = [.. _scores.Where(score => run < (score.Runs ?? _runs)).Select(static score => score.ToString()!)];
        var request = new TrainingRequest { Method = PolicyCatalog.Full.Name, Seed = SeedOf(_seed, run), Scores = mine };
        return request with { Until = ScoreRecorder.ScoresOf(request, _trainer.Task, _trainer.Settings.Epochs, count: 0).LastEpoch + 1 };
    }

    /// <summary>The seed of a run.</summary>
    /// <param name="seed">From which it is derived.</param>
    /// <param name="run">0-based.</param>
    public static ulong SeedOf(ulong seed, int run) => Rng.Derive(seed, run, "score-run").SeedAt(0);

    /// <summary>How many epochs some scores need at least.</summary>
    /// <param name="scores">Specs.</param>
    /// <exception cref="Catalog.MethodSpecException">One is wrong.</exception>
    public static int LeastEpochs(IEnumerable<string> scores) => scores.Select(ScoreCatalog.Parse).Select(static score => score.LeastEpochs).DefaultIfEmpty(1).Max();
}
