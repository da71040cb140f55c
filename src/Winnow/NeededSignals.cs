using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>What a policy has to be told, and what of a caller's signals it is told: what it needs, and nothing else.</summary>
internal sealed class NeededSignals
{
    private readonly Signal[] _beside;

    /// <param name="policy">Asked once.</param>
    /// <exception cref="ArgumentException">It needs more than a batch can carry.</exception>
    public NeededSignals(IPruningPolicy policy)
    {
        All = [.. policy.Needs.Distinct()];
        Losses = All.Contains(Signal.Loss);
        BatchLosses = All.Contains(Signal.BatchLoss);
        _beside = [.. All.Where(static signal => signal != Signal.Loss)];
        if (_beside.Length > BatchSignals.MostSignals)
        {
            throw new ArgumentException($"the method needs {_beside.Length} signals beside the loss ({string.Join<Signal>(", ", _beside)}) and a batch carries {BatchSignals.MostSignals}; " +
                "make one of several", nameof(policy));
        }
    }

    /// <summary>All of them, each once.</summary>
    public IReadOnlyList<Signal> All { get; }

    /// <summary>Whether losses are among them.</summary>
    public bool Losses { get; }

    /// <summary>Whether the losses of batches are.</summary>
    public bool BatchLosses { get; }

    /// <summary>Refuses what can't be meant, and less than all that is needed.</summary>
    /// <param name="samples">How many samples the signals are of.</param>
    /// <param name="signals">The caller's.</param>
    /// <exception cref="ArgumentException">The first that is wrong.</exception>
    public void Check(int samples, in BatchSignals signals)
    {
        var lossesMayLack = signals.Losses.IsEmpty && (!signals.Scores.IsEmpty || (!Losses && !signals[Signal.BatchLoss].IsEmpty));
        if (samples != signals.Losses.Length && !lossesMayLack)
        {
            throw new ArgumentException($"{signals.Losses.Length} losses for {samples} samples; pass one raw loss a sample, in the order of the ids", nameof(signals));
        }

        SignalRules.Check(signals, samples);
        foreach (var needed in _beside)
        {
            var place = signals.Place(needed);
            if (needed != Signal.BatchLoss && (place < 0 ? 0 : signals.ValuesAt(place).Length) != samples)
            {
                throw Missing(samples, signals);
            }

            if (place >= 0 && signals.SignalAt(place).Range != needed.Range)
            {
                // Who tells it and who reads it have made signals of one name with different rules: the reader's has to hold, too.
                SignalRules.Check(needed, signals.ValuesAt(place));
            }
        }
    }

    /// <summary>The caller's signals without ids and what isn't needed, and with the losses of batches where they are needed and the caller didn't say them.</summary>
    public BatchSignals Told(in BatchSignals signals)
    {
        var told = new BatchSignals { Losses = signals.Losses, Scores = signals.Scores };
        foreach (var needed in _beside)
        {
            var values = signals[needed];
            told = told.With(needed, values.IsEmpty && needed == Signal.BatchLoss ? OneBatch(Ranks(signals)) : values);
        }

        return told;
    }

    /// <summary>What rules rank by: the caller's scores, else the losses, else the losses of the batches.</summary>
    public static ReadOnlySpan<float> Ranks(in BatchSignals signals) =>
        !signals.Scores.IsEmpty ? signals.Scores : !signals.Losses.IsEmpty ? signals.Losses : signals[Signal.BatchLoss];

    // Where the caller doesn't say which batches there were, what is observed at once is one. Its mean is of what rules rank by, so that a sample's own number and its batch's
    // can be compared.
    private static float[] OneBatch(ReadOnlySpan<float> ranks)
    {
        double sum = 0;
        var finite = 0;
        foreach (var rank in ranks)
        {
            if (!float.IsFinite(rank))
            {
                continue;
            }

            sum += rank;
            finite++;
        }

        var means = new float[ranks.Length];
        Array.Fill(means, (float)(sum / finite));
        return means;
    }

    private ArgumentException Missing(int samples, in BatchSignals signals)
    {
        var found = new List<string>();
        foreach (var needed in _beside)
        {
            if (needed != Signal.BatchLoss)
            {
                found.Add($"{signals[needed].Length} {needed.Plural}");
            }
        }

        return new($"{string.Join(" and ", found)} for {samples} samples; this method needs {(found.Count == 1 ? "one" : "one of each")} a sample beside the losses", nameof(signals));
    }
}
