using Winnow.Numerics;

namespace Winnow.Policies;

/// <summary>Which epoch is planned. With the sample table it is all a plan depends on.</summary>
public readonly record struct EpochContext
{
    /// <summary>The epoch, 0-based, in [0, <see cref="TotalEpochs"/>).</summary>
    public required int Epoch { get; init; }

    /// <summary>How many epochs the run has.</summary>
    public required int TotalEpochs { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// How many visits the epochs before this one planned, all together: what a saving that was asked for is steered by. Of what a modifier
    /// will leave out it takes off its share before it hands this on, so that it may be negative.
    /// </summary>
    public long PlannedVisits { get; init; }

    /// <summary>How many threads planning may use; 0, the default, means all cores. It never changes a result.</summary>
    public int Threads { get; init; }

    /// <summary>The random stream of that name in this epoch.</summary>
    /// <param name="stream">What the numbers are for, such as "infobatch".</param>
    public Rng Rng(string stream) => Numerics.Rng.Derive(Seed, Epoch, stream);

    /// <summary>
    /// Whether this epoch is among the last ones, in which nothing is pruned: Epoch ≥ floor(until · TotalEpochs). A product within 1e-9 of
    /// a whole number counts as that number, so that 0.29 of 100 epochs is 29 and not 28.
    /// </summary>
    /// <param name="until">The share of epochs in which pruning is allowed, in [0, 1].</param>
    public bool IsAnnealing(double until) => Epoch >= PrunedEpochs(until, TotalEpochs);

    /// <summary>The first epoch among the last ones in which nothing is pruned: floor(until · epochs).</summary>
    internal static int PrunedEpochs(double until, int epochs) => (int)Math.Floor((until * epochs) + 1e-9);
}
