using System.Diagnostics;
using Winnow.Numerics;
using Winnow.Scores;
using Winnow.Selection;
using Winnow.Torch;
using Winnow.Training;

namespace Winnow.Experiments.Subsets;

/// <summary>A subset that was chosen for one arm at one seed, and what choosing it took.</summary>
/// <param name="Policy">Visits it.</param>
/// <param name="Spent">Time and passes through networks, those of trainings for scores included.</param>
internal sealed record SubsetChoice(FixedSubset Policy, SpentBefore Spent);

/// <summary>
/// Chooses subsets: trains as often as a score asks for, from seeds of its own that follow from the arm's, each training no longer than the score looks at it, and selects by the mean. Arms that go by
/// the same score share its trainings at each seed, yet each is charged with all of them.
/// </summary>
/// <param name="trainer">Data, recipe and device of every arm.</param>
internal sealed class SubsetChooser(Trainer trainer)
{
    private readonly Dictionary<(string Score, ulong Seed), Scored> _scored = [];

    /// <summary>Chooses; null when it was stopped meanwhile.</summary>
    /// <param name="spec">What is asked.</param>
    /// <param name="seed">The arm's seed.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="TrainingFailedException">A training for the score failed, or what it gave is NaN.</exception>
    /// <exception cref="SelectionException">So many samples can't be chosen.</exception>
    public SubsetChoice? Choose(SubsetSpec spec, ulong seed, CancellationToken stop)
    {
        var scored = spec.Score is { } score ? Score(score, seed, stop) : new Scored(default, new SpentBefore(0, 0, 0));
        if (scored is null)
        {
            return null;
        }

        var began = Stopwatch.GetTimestamp();
        try
        {
            var input = new SelectionInput(trainer.Task.Dataset.Train) { Scores = scored.Hardness, Labels = trainer.Task.Groups, Seed = seed, Threads = TorchRuntime.Threads, Stop = stop };
            var chosen = SelectorCatalog.Parse(spec.Selector).Choose(input, spec.Keep);
            return chosen.Order.Length == 0
                ? throw new SelectionException($"{spec} keeps no sample, and there is nothing to train on; keep at least one.")
                : new(new FixedSubset(spec.ToString(), chosen.Order, chosen.Weights), scored.Spent with { Seconds = scored.Spent.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds });
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private Scored? Score(string spec, ulong seed, CancellationToken stop)
    {
        if (_scored.TryGetValue((spec, seed), out var known))
        {
            return known;
        }

        var score = ScoreCatalog.Parse(spec);
        var (means, epochs) = (new ScoreMeans(), trainer.Settings.Epochs);
        var spent = new SpentBefore(0, 0, 0);
        var random = Rng.Derive(seed, 0, "select/runs").Sequence();
        for (var run = 0; run < (score.Runs ?? 1); run++)
        {
            var began = Stopwatch.GetTimestamp();
            var own = ((ulong)random.NextUInt32() << 32) | random.NextUInt32();
            var outcome = trainer.Run(new TrainingRequest { Method = "full", Seed = own, Scores = [spec], Until = new ScoreSet(0, [score], epochs).LastEpoch + 1 }, [], stop);
            if (outcome.Interrupted)
            {
                return null;
            }

            means.Add(outcome.Scores);
            spent = new(spent.Seconds + Stopwatch.GetElapsedTime(began).TotalSeconds, spent.Forwards + outcome.Forwards, spent.Backwards + outcome.Backwards);
        }

        var mean = means.Means()[0];
        try
        {
            ScoreValues.Check(mean.Spec, mean.Values.Span);
        }
        catch (ScoreException error)
        {
            throw new TrainingFailedException(error.Message, error);
        }

        var hardness = mean.Orientation == ScoreOrientation.HigherIsHarder ? mean.Values : Array.ConvertAll(mean.Values.ToArray(), static value => -value);
        return _scored[(spec, seed)] = new(hardness, spent);
    }

    private sealed record Scored(ReadOnlyMemory<float> Hardness, SpentBefore Spent);
}
