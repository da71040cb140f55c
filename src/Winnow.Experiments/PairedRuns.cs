using Winnow.Networks;
using Winnow.Selection;
using Winnow.Training;

namespace Winnow.Experiments;

/// <summary>The runs of arms over seeds, whatever an arm runs: what they came to, and how a comparison ends where one is interrupted or fails.</summary>
/// <param name="trainer">Of the task of all arms; warms the process up before the first run.</param>
/// <param name="seed">Of that.</param>
internal sealed class PairedRuns(Trainer trainer, ulong seed)
{
    // What a process sets up once (compiled methods, libtorch's kernels, its heap) must not be charged to the first arm.
    private const int WarmUpSteps = 40;

    private readonly Dictionary<(string Arm, ulong Seed), TrainingOutcome> _outcomes = [];
    private bool _warm;

    /// <summary>True once a run was interrupted or failed.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>What an arm came to at a seed, without its weights.</summary>
    public TrainingOutcome this[string arm, ulong at] => _outcomes[(arm, at)];

    /// <summary>What an arm came to at some seeds.</summary>
    public TrainingOutcome[] Of(string arm, IReadOnlyList<ulong> seeds) => [.. seeds.Select(at => _outcomes[(arm, at)])];

    /// <summary>The seeds that every arm has finished.</summary>
    public ulong[] Complete(IReadOnlyList<string> arms, IReadOnlyList<ulong> seeds) => [.. seeds.Where(at => arms.All(arm => _outcomes.ContainsKey((arm, at))))];

    /// <summary>Makes a run; false where the comparison ends with it.</summary>
    /// <param name="arm">The arm's name.</param>
    /// <param name="at">The seed.</param>
    /// <param name="earlier">Gives what the run came to in a process before this one; null for nothing.</param>
    /// <param name="train">Makes it; null where it was interrupted before it began to train.</param>
    /// <param name="finished">Is given what it came to, with the weights.</param>
    /// <param name="stop">Ends the comparison.</param>
    /// <exception cref="TrainingFailedException">It failed; the message names arm and seed.</exception>
    /// <exception cref="SelectionException">The arm can't choose what it asks for.</exception>
    /// <exception cref="NetworkPruningException">The arm can't make the network as small as it asks for.</exception>
    public bool Make(string arm, ulong at, Func<TrainingOutcome?> earlier, Func<TrainingOutcome?> train, Action<TrainingOutcome> finished, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            Interrupted = true;
            return false;
        }

        TrainingOutcome? outcome;
        try
        {
            if (earlier() is { } known)
            {
                _outcomes[(arm, at)] = known.WithoutWeights();
                return true;
            }

            WarmUp(stop);
            outcome = train();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // In what an arm does before it trains.
            outcome = null;
        }
        catch (SelectionException error)
        {
            Interrupted = true;
            throw new SelectionException($"{arm}, seed {at}: {error.Message}");
        }
        catch (NetworkPruningException error)
        {
            Interrupted = true;
            throw new NetworkPruningException($"{arm}, seed {at}: {error.Message}", error);
        }
        catch (TrainingFailedException error)
        {
            Interrupted = true;
            throw new TrainingFailedException($"{arm}, seed {at}: {error.Message}", error);
        }

        if (outcome is null or { Interrupted: true })
        {
            Interrupted = true;
            return false;
        }

        if (outcome.Judged is null)
        {
            Interrupted = true;
            throw new TrainingFailedException($"{arm}, seed {at}: {trainer.Task.Deciding.Name}, by which arms are compared, isn't finite at the end of the run; a lower learning rate usually helps.");
        }

        // The weights have been handed to `finished`; only the numbers stay.
        finished(outcome);
        _outcomes[(arm, at)] = outcome.WithoutWeights();
        return true;
    }

    private void WarmUp(CancellationToken stop)
    {
        if (_warm)
        {
            return;
        }

        _warm = true;
        try
        {
            _ = trainer.Run(new TrainingRequest { Method = "full", Seed = seed, Steps = Math.Min(WarmUpSteps, trainer.StepsPerFullEpoch) }, [], stop);
        }
        catch (TrainingFailedException)
        {
            // The first arm will fail likewise, and says which it is.
        }
    }
}
