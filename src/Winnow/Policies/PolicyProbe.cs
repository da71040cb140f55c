using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// What a policy does, seen in a rehearsal with made-up losses: names and parameters would have to be known one by one, and those of a
/// policy written elsewhere can't be.
/// </summary>
/// <param name="Prunes">Whether its plans left out a sample in any epoch; what is left out within a batch makes no epoch shorter.</param>
/// <param name="Rescales">Whether it gave a sample a weight other than 1.</param>
/// <param name="BiasedAtTheEnd">Whether the last epoch's samples differ from all in their losses by more than chance explains.</param>
public readonly record struct PolicyProbe(bool Prunes, bool Rescales, bool BiasedAtTheEnd)
{
    private const int Samples = 2048, LongestRun = 64, Classes = 4, Candidates = 64;

    /// <summary>Rehearses a run of so many epochs, or of the most that are needed to see the beginning, the middle and the end.</summary>
    /// <param name="policy">A policy that nothing else uses.</param>
    /// <param name="epochs">At least 1.</param>
    public static PolicyProbe Of(IPruningPolicy policy, int epochs)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        // Losses are spread evenly over the samples and stay as they are, which also lets rules that wait for calm find it.
        var losses = Enumerable.Range(0, Samples).Select(static i => (i * 1031 % Samples) / (float)Samples).ToArray();
        var table = new SampleTable(Samples, policy.Columns, Enumerable.Range(0, Samples).Select(static i => i % Classes).ToArray());
        var weights = new float[Samples];
        var (prunes, rescales) = (false, false);
        var length = Math.Min(epochs, LongestRun);
        long planned = 0;
        for (var epoch = 0; epoch < length; epoch++)
        {
            policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = length, Seed = 1, PlannedVisits = planned, Threads = 1 }, table, weights);
            var visited = weights.Count(static weight => weight > 0);
            planned += visited;
            prunes |= visited < Samples;
            rescales |= weights.Any(static weight => weight is not (0 or 1));
            Tell(policy, table, losses, weights, epoch, visited: true);
            if (policy.RefreshesDropped)
            {
                Tell(policy, table, losses, weights, epoch, visited: false);
            }
        }

        var biased = Differs(losses, weights);
        if (policy.BatchSelection is { } selection)
        {
            // Steps that are left alone now and then are among any eight in a row, and so are others.
            var candidates = new float[Candidates];
            biased |= Enumerable.Range(0, 8).Any(step =>
            {
                if (!selection.SelectsAt(0.999, step))
                {
                    return false;
                }

                selection.Select(new BatchSelectionContext { Seed = 1, Epoch = length - 1, Step = step }, losses.AsSpan(0, Candidates), candidates);
                return candidates.Contains(0f);
            });
        }

        return new PolicyProbe(prunes, rescales, biased);
    }

    private static void Tell(IPruningPolicy policy, SampleTable table, float[] losses, float[] weights, int epoch, bool visited)
    {
        var ids = Enumerable.Range(0, Samples).Where(i => weights[i] > 0 == visited).Select(static i => (long)i).ToArray();
        var own = Array.ConvertAll(ids, id => losses[id]);
        var batch = new BatchSignals { Ids = ids, Losses = own, Refreshed = !visited, Epoch = epoch };
        foreach (var signal in policy.Needs)
        {
            batch = batch.With(signal, signal == Signal.BatchLoss ? OneBatch(own) : Made(signal, own));
        }

        table.Mark(batch);
        policy.Observe(table, batch);
    }

    private static float[] OneBatch(float[] losses)
    {
        var means = new float[losses.Length];
        Array.Fill(means, losses.Length > 0 ? losses.Average() : 0);
        return means;
    }

    private static float[] Made(Signal signal, float[] losses) => Array.ConvertAll(losses, loss => signal.Range switch
    {
        SignalRange.Probability => 1 - (loss / 2),
        SignalRange.Flag => loss < 0.75f ? 1f : 0f,
        _ => loss,
    });

    // Five deviations of the mean of so many numbers drawn uniformly without replacement.
    private static bool Differs(float[] losses, float[] weights)
    {
        var kept = losses.Where((_, i) => weights[i] > 0).ToArray();
        if (kept.Length is 0 or Samples)
        {
            return false;
        }

        var deviation = Math.Sqrt((1 - (kept.Length / (double)Samples)) / (12.0 * kept.Length));
        return Math.Abs(kept.Average(static loss => (double)loss) - losses.Average(static loss => (double)loss)) > 5 * deviation;
    }
}
