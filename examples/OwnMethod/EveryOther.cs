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

    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        var losses = samples[s_loss];
        for (var i = 0; i < batch.Ids.Length; i++)
        {
            losses[(int)batch.Ids[i]] = batch.Losses[i];
        }
    }

    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        var losses = samples[s_loss];
        var all = epoch.IsAnnealing(0.875);
        for (var id = 0; id < weights.Length; id++)
        {
            var easy = !all && losses[id] < Below;
            var itsTurn = (id + epoch.Epoch) % 2 == 0;
            weights[id] = !easy ? 1 : itsTurn ? 2 : 0;
        }
    }

    /// <summary>What a checkpoint knows the method by.</summary>
    public override string ToString() => FormattableString.Invariant($"every-other:below={Below}");
}
