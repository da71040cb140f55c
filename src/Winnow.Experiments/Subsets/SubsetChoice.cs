using System.Diagnostics;
using Winnow.Geometry;
using Winnow.Scores;
using Winnow.Selection;
using Winnow.Torch;
using Winnow.Training;

namespace Winnow.Experiments.Subsets;

/// <summary>A subset that was chosen for one arm at one seed, and what choosing it took.</summary>
/// <param name="Policy">Visits it.</param>
/// <param name="Spent">Time and passes through networks, those of trainings for scores included.</param>
/// <param name="Teacher">What the arm learns from beside the labels; null for nothing.</param>
internal sealed record SubsetChoice(FixedSubset Policy, SpentBefore Spent, Distillation? Teacher);

/// <summary>
/// Chooses subsets: trains as often as a score asks for, from seeds of its own that follow from the arm's, each training no longer than the score looks at it, and selects by the mean. Arms that go by
/// the same evidence share its trainings, yet each is charged with all of them.
/// </summary>
/// <param name="trainer">Data, recipe and device of every arm.</param>
/// <param name="seed">The arms' seed: evidence of one isn't kept for the next.</param>
internal sealed class SubsetChooser(Trainer trainer, ulong seed)
{
    private readonly Dictionary<(string? Score, bool Network), Evidence> _known = [];

    /// <summary>Chooses; null when it was stopped meanwhile.</summary>
    /// <param name="spec">What is asked.</param>
    /// <param name="callbacks">Gives those that look on at a training, 0-based.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="TrainingFailedException">A training for the score failed, or what it gave is NaN.</exception>
    /// <exception cref="SelectionException">So many samples can't be chosen.</exception>
    public SubsetChoice? Choose(SubsetSpec spec, Func<int, IReadOnlyList<TrainerCallback>> callbacks, CancellationToken stop)
    {
        if (Find(spec, callbacks, stop) is not { } evidence)
        {
            return null;
        }

        var began = Stopwatch.GetTimestamp();
        try
        {
            var input = evidence.Input with { Labels = trainer.Task.Groups, Seed = seed, Threads = TorchRuntime.Threads, Stop = stop };
            var chosen = SelectorCatalog.Parse(spec.Selector).Choose(input, spec.Keep);
            return chosen.Order.Length == 0
                ? throw new SelectionException($"{spec} keeps no sample, and there is nothing to train on; keep at least one.")
                : new(new FixedSubset(spec.ToString(), chosen.Order, chosen.Weights), evidence.Spent with { Seconds = evidence.Spent.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds }, Teacher(spec, evidence, chosen.Order.Length));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private Distillation? Teacher(SubsetSpec spec, Evidence evidence, int kept)
    {
        if (spec.Distil is null)
        {
            return null;
        }

        var asked = DistilSpec.Parse(spec.Distil);
        return new(evidence.Input.Probabilities, asked.Alpha ?? 1 - ((double)kept / trainer.Task.Dataset.Train), asked.Temperature);
    }

    private Evidence? Find(SubsetSpec spec, Func<int, IReadOnlyList<TrainerCallback>> callbacks, CancellationToken stop) => _known.TryGetValue(spec.Evidence, out var known) ? known
        : Gather(spec, callbacks, stop) is { } found ? _known[spec.Evidence] = found : null;

    /// <summary>The trainings that evidence takes. Features are those of the first one for the score, which then goes on to its end; where there is no score, of one training for them.</summary>
    public static IEnumerable<TrainingRequest> Requests(string? score, bool network, Trainer trainer, ulong seed)
    {
        if (score is null)
        {
            return network ? [new TrainingRequest { Method = "full", Seed = ScoreRuns.SeedOf(seed, 0), Features = true }] : [];
        }

        var runs = new ScoreRuns(trainer, [score], seed);
        return Enumerable.Range(0, runs.Count).Select(runs.Request).Select((request, run) => network && run == 0 ? request with { Features = true, Until = null } : request);
    }

    private Evidence? Gather(SubsetSpec spec, Func<int, IReadOnlyList<TrainerCallback>> callbacks, CancellationToken stop)
    {
        var (means, spent) = (new ScoreMeans(), new SpentBefore(0, 0, 0));
        SampleFeatures? features = null;
        foreach (var (run, request) in Requests(spec.Score, spec.NeedsNetwork, trainer, seed).Index())
        {
            var began = Stopwatch.GetTimestamp();
            var outcome = trainer.Run(request, callbacks(run), stop);
            if (outcome.Interrupted)
            {
                return null;
            }

            means.Add(outcome.Scores);
            features ??= outcome.Features;
            spent = new(spent.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds, spent.Forwards + outcome.Forwards, spent.Backwards + outcome.Backwards);
        }

        return new(new SelectionInput(trainer.Task.Dataset.Train)
        {
            Scores = spec.Score is null ? default : Hardness(means.Means()[0]),
            Embeddings = features is null ? null : EmbeddingMatrix.Of(features.Rows, features.Width),
            Probabilities = features?.Probabilities,
        }, spent);
    }

    private static ReadOnlyMemory<float> Hardness(ScoreValues score)
    {
        try
        {
            score.Check();
        }
        catch (ScoreException error)
        {
            throw new TrainingFailedException(error.Message, error);
        }

        return score.Orientation == ScoreOrientation.HigherIsHarder ? score.Values : Array.ConvertAll(score.Values.ToArray(), static value => -value);
    }

    /// <summary>What a selector is given but for labels and seed, and what making it took.</summary>
    private sealed record Evidence(SelectionInput Input, SpentBefore Spent);
}
