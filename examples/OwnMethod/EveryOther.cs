using Winnow.Policies;
using Winnow.Samples;

/// <summary>A sample whose last loss was small is visited in every other epoch, and counts twice there. The last eighth of the epochs visits all.</summary>
internal sealed record EveryOther : IPruningPolicy
{
    // A sample without a loss yet counts as hard.
    private static readonly Column s_loss = new(Column.LossName, Initial: float.PositiveInfinity);

    /// <summary>Losses below this are small.</summary>
    public required float Below { get; init; }

    public IReadOnlyList<Column> Columns => [s_loss];

    public Signals Needs => Signals.Losses;

    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        Span<float> losses = samples[s_loss];
        for (int i = 0; i < batch.Ids.Length; i++)
        {
            losses[(int)batch.Ids[i]] = batch.Losses[i];
        }
    }

    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        Span<float> losses = samples[s_loss];
        bool all = epoch.IsAnnealing(0.875);
        for (int id = 0; id < weights.Length; id++)
        {
            bool easy = !all && losses[id] < Below;
            bool itsTurn = (id + epoch.Epoch) % 2 == 0;
            weights[id] = !easy ? 1 : itsTurn ? 2 : 0;
        }
    }

    /// <summary>What a checkpoint knows the method by.</summary>
    public override string ToString() => FormattableString.Invariant($"every-other:below={Below}");
}
