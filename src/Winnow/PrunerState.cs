using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Winnow.Checkpoints;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>
/// All that a pruner knows and that changes in a run: the table, a few counters, and of the current epoch what has been observed; written to checkpoints and read back. The
/// plan isn't saved: it is a function of the table, and is made again. Once something of its epoch was observed the table is no longer what the plan was made from; then its
/// weights are saved, from which its order follows. Its hash is compared either way.
/// </summary>
internal sealed class PrunerState(SampleTable samples)
{
    private const string WeightsSection = "plan.weights";

    /// <summary>What is remembered of the samples.</summary>
    public SampleTable Samples { get; } = samples;

    /// <summary>What of the plan was observed.</summary>
    public Coverage Coverage { get; } = new(samples.Count);

    /// <summary>The current plan; null before the first.</summary>
    public EpochPlan? Plan { get; private set; }

    /// <summary>Whether anything was observed since it was made.</summary>
    public bool Touched { get; set; }

    /// <summary>Epochs planned.</summary>
    public int Epochs { get; private set; }

    /// <summary>Visits planned, over all epochs.</summary>
    public long Planned { get; private set; }

    /// <summary>Different samples observed in the epochs before the current one, added up.</summary>
    public long ObservedBefore { get; private set; }

    /// <summary>Observations of samples that had been observed in the same epoch.</summary>
    public long Repeated { get; set; }

    /// <summary>Samples that sat out and were looked at.</summary>
    public long Refreshed { get; set; }

    /// <summary>Losses, or scores in their place, that weren't finite.</summary>
    public long NonFinite { get; set; }

    /// <summary>Of the losses of this epoch.</summary>
    public LossSums Sums { get; set; }

    /// <summary>How many samples of the current plan have no loss yet.</summary>
    public int Unobserved => Plan is null ? 0 : Plan.Count - Coverage.Count;

    /// <summary>Begins the epoch of a plan.</summary>
    public void Begin(EpochPlan plan)
    {
        Plan = plan;
        Epochs++;
        Planned += plan.Count;
        ObservedBefore += Coverage.Count;
        Coverage.Start(plan);
        (Sums, Touched) = (default, false);
    }

    /// <summary>What a policy is told of an epoch that is planned now.</summary>
    public EpochContext Context(PrunerOptions options, int epoch) =>
        new() { Epoch = epoch, TotalEpochs = options.Epochs, Seed = options.Seed, PlannedVisits = Planned, Threads = options.Threads };

    /// <summary>The first of the samples that have no loss yet, in visiting order.</summary>
    public int[] Missing(int most)
    {
        var ids = new int[Math.Min(most, Unobserved)];
        Coverage.Missing(ids);
        return ids;
    }

    /// <summary>The counters as they are shown. Takes a pass over the samples.</summary>
    public PrunerStatistics Statistics(double? askedSave, int threads) => new()
    {
        Epochs = Epochs,
        Planned = Planned,
        Observed = ObservedBefore + Coverage.Count,
        Repeated = Repeated,
        Refreshed = Refreshed,
        NonFinite = NonFinite,
        AskedSave = askedSave,
        Saved = Epochs == 0 ? 0 : 1 - ((double)Planned / ((double)Samples.Count * Epochs)),
        MeanLoss = Sums.Count == 0 ? double.NaN : Sums.Loss / Sums.Count,
        WeightedLoss = Sums.Count == 0 ? double.NaN : Sums.WeightedLoss / Sums.Weight,
        StoredLoss = !Samples.Has(Column.LossName) ? double.NaN
            : MaskedMean.Of(Samples[Column.Loss], MemoryMarshal.AsBytes(Samples.Flags), (byte)SampleFlags.Seen, threads).Mean,
    };

    /// <summary>Adds everything to a checkpoint, what has to be the same included.</summary>
    public void Save(CheckpointWriter checkpoint, IPruningPolicy policy, PrunerOptions options)
    {
        foreach ((var name, var value) in Identity(Samples.Count, policy, options))
        {
            checkpoint.Fact(name, value);
        }

        foreach ((var name, var value) in new (string, long)[]
        {
            ("pruner.planned_epochs", Epochs), ("pruner.planned_visits", Planned), ("pruner.observed_before", ObservedBefore), ("pruner.repeated", Repeated),
            ("pruner.refreshed", Refreshed), ("pruner.non_finite", NonFinite), ("epoch.losses", Sums.Count), ("epoch.non_finite", Sums.NonFinite),
        })
        {
            checkpoint.Fact(name, value.ToString(CultureInfo.InvariantCulture));
        }

        foreach ((var name, var value) in new[] { ("epoch.loss_sum", Sums.Loss), ("epoch.weighted_loss_sum", Sums.WeightedLoss), ("epoch.weight_sum", Sums.Weight) })
        {
            checkpoint.Fact(name, value.ToString("R", CultureInfo.InvariantCulture));
        }

        if (Plan is { } plan)
        {
            checkpoint.Fact("plan.epoch", plan.Epoch.ToString(CultureInfo.InvariantCulture));
            checkpoint.Fact("plan.count", plan.Count.ToString(CultureInfo.InvariantCulture));
            checkpoint.Fact("plan.hash", plan.Hash.ToString("x16", CultureInfo.InvariantCulture));
            if (Touched)
            {
                checkpoint.Add(WeightsSection, plan.WeightsMemory);
            }

            Coverage.Save(checkpoint);
        }

        Samples.Save(checkpoint);
    }

    /// <summary>Takes everything from a checkpoint of the same run.</summary>
    /// <exception cref="CheckpointException">The plan comes out as another than the one that was saved.</exception>
    public void Load(CheckpointReader checkpoint, IPruningPolicy policy, PrunerOptions options)
    {
        Samples.Load(checkpoint);
        Epochs = checkpoint.Fact<int>("pruner.planned_epochs");
        Planned = checkpoint.Fact<long>("pruner.planned_visits");
        ObservedBefore = checkpoint.Fact<long>("pruner.observed_before");
        Repeated = checkpoint.Fact<long>("pruner.repeated");
        Refreshed = checkpoint.Fact<long>("pruner.refreshed");
        NonFinite = checkpoint.Fact<long>("pruner.non_finite");
        if (checkpoint.Facts.ContainsKey("plan.epoch"))
        {
            LoadPlan(checkpoint, policy, options);
        }

        Sums = new(checkpoint.Fact<long>("epoch.losses"), checkpoint.Fact<long>("epoch.non_finite"), checkpoint.Fact<double>("epoch.loss_sum"),
            checkpoint.Fact<double>("epoch.weighted_loss_sum"), checkpoint.Fact<double>("epoch.weight_sum"));
    }

    /// <summary>What has to be the same for plans to be the same.</summary>
    public static Dictionary<string, string> Identity(int count, IPruningPolicy policy, PrunerOptions options)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(options);
        return new(StringComparer.Ordinal)
        {
            ["pruner.samples"] = count.ToString(CultureInfo.InvariantCulture),
            ["pruner.policy"] = policy.ToString() ?? "",
            ["pruner.columns"] = string.Join(", ", policy.Columns.Select(static column => string.Create(CultureInfo.InvariantCulture, $"{column.Name} from {column.Initial} by {column.Merge}"))),
            ["pruner.epochs"] = options.Epochs.ToString(CultureInfo.InvariantCulture),
            ["pruner.seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["pruner.order"] = options.Order == PlanOrder.Keyed ? "keyed" : "listed",
            ["pruner.labels"] = options.Labels.IsEmpty ? "none" : "sha256 " + Digest(options.Labels.Span),
        };
    }

    private void LoadPlan(CheckpointReader checkpoint, IPruningPolicy policy, PrunerOptions options)
    {
        // The visits of the epochs before are what the policy was told when it planned this one.
        var context = Context(options, checkpoint.Fact<int>("plan.epoch")) with { PlannedVisits = Planned - checkpoint.Fact<long>("plan.count") };
        Touched = checkpoint.Has(WeightsSection);
        EpochPlan plan;
        if (Touched)
        {
            var weights = HugePages.Uninitialized<float>(Samples.Count);
            checkpoint.Read<float>(WeightsSection, weights);
            plan = EpochPlan.Of(context, weights, options.Order);
        }
        else
        {
            plan = EpochPlan.Create(policy, context, Samples, options.Order);
        }

        var hash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture);
        if (hash != checkpoint.Fact("plan.hash"))
        {
            throw new CheckpointException($"the plan of epoch {plan.Epoch} comes out as {hash} and was {checkpoint.Fact("plan.hash")} when it was saved: the rule is another than the one " +
                "that made it; go on with the version of Winnow, or of your policy, that wrote the checkpoint");
        }

        Plan = plan;
        Coverage.Start(plan);
        Coverage.Load(checkpoint);
    }

    private static string Digest(ReadOnlySpan<int> labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CheckpointFormat.Bytes(labels, hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
