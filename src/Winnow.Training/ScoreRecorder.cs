using System.Globalization;
using Winnow.Checkpoints;
using Winnow.Plans;
using Winnow.Scores;
using Winnow.Training.Tasks;

namespace Winnow.Training;

/// <summary>
/// Makes scores of the samples beside the pruner of a run: hands them the visits' signals, which all ranks are told, and passes in evaluation mode after the epochs that they ask for. Its state
/// stands in the run's checkpoints. A visit or a pass is never taken twice, wherever the run was interrupted.
/// </summary>
internal sealed class ScoreRecorder
{
    private const string VisitsFact = "score.visits", PassFact = "score.pass";

    private readonly ScoreSet _scores;
    private readonly TrainingTask _task;
    private readonly int[] _all;
    private int _visits = -1, _pass = -1;

    private ScoreRecorder(ScoreSet scores, TrainingTask task) =>
        (_scores, _task, _all, VisitSignals) = (scores, task, [.. Enumerable.Range(0, scores.Count)], SignalNeeds.Of(scores.Needs(ScoreEvidence.Visits)));

    /// <summary>The scores that a request asks for; null where it asks for none.</summary>
    /// <exception cref="RecipeException">The run is too short for one, or the task doesn't tell what it needs.</exception>
    public static ScoreRecorder? Of(TrainingRequest request, TrainingTask task, int epochs) =>
        request.Scores.Count == 0 ? null : new(ScoresOf(request, task, epochs, task.Dataset.Train), task);

    /// <summary>The scores that a request asks for, of so many samples; of none it takes no time, which is how one is checked before it begins.</summary>
    /// <inheritdoc cref="Of"/>
    public static ScoreSet ScoresOf(TrainingRequest request, TrainingTask task, int epochs, int count)
    {
        ISampleScore[] scores = [.. request.Scores.Select(ScoreCatalog.Parse)];
        foreach (var score in scores)
        {
            string[] told = score.Evidence == ScoreEvidence.Visits ? [.. SignalNeeds.OfVisits(task)] : [.. task.Signals];
            string[] missing = [.. SignalNeeds.Of(score.Needs).Except(told)];
            if (missing.Length > 0)
            {
                throw new RecipeException($"the score {score} needs {string.Join(" and ", missing)} of each sample, which {task.Name} doesn't tell; it tells {string.Join(", ", told.Prepend(SignalNames.Loss))}.");
            }
        }

        try
        {
            return new ScoreSet(count, scores, epochs);
        }
        catch (Exception error) when (error is ScoreException or ArgumentException)
        {
            throw new RecipeException(error.Message);
        }
    }

    /// <summary>What the scores read of visits beside the loss, by name.</summary>
    public IReadOnlySet<string> VisitSignals { get; }

    /// <summary>Whether a pass will compute the gradient of each sample.</summary>
    public bool TakesGradients => SignalNeeds.Of(_scores.Needs(ScoreEvidence.Pass)).Contains(SignalNames.FullGradient);

    /// <summary>Takes what an epoch's visits said, unless it was taken before the run was interrupted.</summary>
    public void Observe(EpochPlan plan, SampleColumns signals)
    {
        if (plan.Epoch <= _visits)
        {
            return;
        }

        _visits = plan.Epoch;
        Tell(ScoreEvidence.Visits, plan.Epoch, plan.Order[..signals.Count], signals);
    }

    /// <summary>Sends all samples through the model where a score asks for it after this epoch.</summary>
    /// <returns>How many were sent forward, and how many of them backward; null when the run was stopped meanwhile.</returns>
    public (int Forwards, int Backwards)? Pass(int epoch, Evaluator evaluator)
    {
        var needs = _scores.Needs(ScoreEvidence.Pass, epoch);
        if (needs.Count == 0 || epoch <= _pass)
        {
            return (0, 0);
        }

        var request = new SampleRequest(Training: false, SignalNeeds.Of(needs));
        if (evaluator.Run(evaluator.TrainSamples, _all, request) is not { } signals)
        {
            return null;
        }

        _pass = epoch;
        Tell(ScoreEvidence.Pass, epoch, _all, signals.With(SignalNames.Loss, _task.Scores(_all, draws: null, signals.Losses)));

        // For its gradient a sample goes forward once more, by itself.
        return request.Wants(SignalNames.FullGradient) ? (2 * _all.Length, _all.Length) : (_all.Length, 0);
    }

    /// <summary>The scores as they stand, NaN where too little was observed of a sample.</summary>
    public IReadOnlyList<ScoreValues> Values() => _scores.Values();

    /// <summary>Adds its state to a run's.</summary>
    public void Save(CheckpointWriter state)
    {
        state.Fact(VisitsFact, _visits.ToString(CultureInfo.InvariantCulture));
        state.Fact(PassFact, _pass.ToString(CultureInfo.InvariantCulture));
        _scores.Save(state);
    }

    /// <summary>Takes what <see cref="Save"/> added.</summary>
    public void Load(CheckpointReader state)
    {
        _scores.Load(state);
        (_visits, _pass) = (state.Fact<int>(VisitsFact), state.Fact<int>(PassFact));
    }

    private void Tell(ScoreEvidence evidence, int epoch, ReadOnlySpan<int> order, SampleColumns signals)
    {
        var ids = new long[order.Length];
        for (var k = 0; k < ids.Length; k++)
        {
            ids[k] = order[k];
        }

        foreach (var score in _scores.All.Where(score => score.Wants(evidence, epoch)))
        {
            score.Observe(SignalNeeds.Told(score.Score.Needs, signals) with { Ids = ids, Epoch = epoch });
        }
    }
}
