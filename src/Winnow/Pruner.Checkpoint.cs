using System.Globalization;
using System.Security.Cryptography;
using Winnow.Checkpoints;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow;

/// <content>
/// Saving and going on. All a pruner knows is the table, a few counters, and of the current epoch what has been observed. The plan isn't
/// saved: it is a function of the table, and is made again. Once something of its epoch was observed the table is no longer what the plan
/// was made from; then its weights are saved, from which its order follows. Its hash is compared either way.
/// </content>
public sealed partial class Pruner
{
    private const string WeightsSection = "plan.weights";

    // Set by Restore in the middle of an epoch, until an EpochShuffler has given out what is left of it.
    private bool _resumes;

    /// <summary>Writes everything that the pruner knows, in the middle of an epoch too. Losses that weren't observed yet aren't in it.</summary>
    /// <param name="destination">Any stream that can be written; stays open.</param>
    public void Save(Stream destination)
    {
        var checkpoint = new CheckpointWriter();
        Save(checkpoint);
        checkpoint.WriteTo(destination);
    }

    /// <summary>Adds everything that the pruner knows to a checkpoint that holds other things too.</summary>
    /// <param name="checkpoint">Write it before the pruner is used again.</param>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        foreach ((var name, var value) in Identity(Samples.Count, _policy, _options))
        {
            checkpoint.Fact(name, value);
        }

        foreach ((var name, var value) in new (string, long)[]
        {
            ("pruner.planned_epochs", _epochs), ("pruner.planned_visits", _planned), ("pruner.observed_before", _observedBefore), ("pruner.repeated", _repeated),
            ("pruner.refreshed", _refreshed), ("pruner.non_finite", _nonFinite), ("epoch.losses", _sums.Count), ("epoch.non_finite", _sums.NonFinite),
        })
        {
            checkpoint.Fact(name, value.ToString(CultureInfo.InvariantCulture));
        }

        foreach ((var name, var value) in new[] { ("epoch.loss_sum", _sums.Loss), ("epoch.weighted_loss_sum", _sums.WeightedLoss), ("epoch.weight_sum", _sums.Weight) })
        {
            checkpoint.Fact(name, value.ToString("R", CultureInfo.InvariantCulture));
        }

        if (_plan is { } plan)
        {
            checkpoint.Fact("plan.epoch", plan.Epoch.ToString(CultureInfo.InvariantCulture));
            checkpoint.Fact("plan.count", plan.Count.ToString(CultureInfo.InvariantCulture));
            checkpoint.Fact("plan.hash", plan.Hash.ToString("x16", CultureInfo.InvariantCulture));
            if (_touched)
            {
                checkpoint.Add(WeightsSection, plan.WeightsMemory);
            }

            _coverage.Save(checkpoint);
        }

        Samples.Save(checkpoint);
    }

    /// <summary>A pruner that goes on where another was saved: same plans, same order, same statistics, bit for bit.</summary>
    /// <remarks>
    /// In the middle of an epoch <see cref="Current"/> is that epoch's plan; visit the batches for which <see cref="IsObserved"/> is false. With
    /// another batch size than before some batches would come in part a second time: then visit what <see cref="CopyUnobserved"/> gives. An
    /// <see cref="EpochShuffler"/> gives out the rest of that epoch first.
    /// </remarks>
    /// <param name="source">A stream that can seek, with what <see cref="Save(Stream)"/> wrote; stays open.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="policy">The same policy with the same settings.</param>
    /// <param name="options">The same epochs, seed, order and labels; threads and <see cref="PrunerOptions.AllowUnobserved"/> may differ.</param>
    /// <exception cref="CheckpointException">It is torn or altered, of another version, or of another run; the message lists what differs.</exception>
    /// <inheritdoc cref="Pruner(int, IPruningPolicy, PrunerOptions)"/>
    public static Pruner Restore(Stream source, int count, IPruningPolicy policy, PrunerOptions options)
    {
        // What comes of an altered one is thrown away with the exception.
        var checkpoint = CheckpointReader.OpenUnread(source);
        var pruner = Restore(checkpoint, count, policy, options);
        checkpoint.CompareRest();
        return pruner;
    }

    /// <summary>The same from a checkpoint that holds other things too.</summary>
    /// <param name="checkpoint">With what <see cref="Save(CheckpointWriter)"/> added.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="policy">The same policy with the same settings.</param>
    /// <param name="options">The same epochs, seed, order and labels; threads and <see cref="PrunerOptions.AllowUnobserved"/> may differ.</param>
    /// <exception cref="CheckpointException">It is of another run; the message lists what differs.</exception>
    public static Pruner Restore(CheckpointReader checkpoint, int count, IPruningPolicy policy, PrunerOptions options)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var pruner = new Pruner(count, policy, options);
        checkpoint.Require(Identity(count, policy, options));
        pruner.Load(checkpoint);
        return pruner;
    }

    /// <summary>Whether a restored pruner has given out what is left of its epoch; says so once.</summary>
    internal bool TakeResumed()
    {
        var resumes = _resumes && Unobserved > 0;
        _resumes = false;
        return resumes;
    }

    /// <summary>The samples of the current plan that have no loss yet, in visiting order.</summary>
    internal int[] Rest() => Missing(int.MaxValue);

    private void Load(CheckpointReader checkpoint)
    {
        Samples.Load(checkpoint);
        _epochs = checkpoint.Fact<int>("pruner.planned_epochs");
        _planned = checkpoint.Fact<long>("pruner.planned_visits");
        _observedBefore = checkpoint.Fact<long>("pruner.observed_before");
        _repeated = checkpoint.Fact<long>("pruner.repeated");
        _refreshed = checkpoint.Fact<long>("pruner.refreshed");
        _nonFinite = checkpoint.Fact<long>("pruner.non_finite");
        if (checkpoint.Facts.ContainsKey("plan.epoch"))
        {
            LoadPlan(checkpoint);
        }

        _sums = new(checkpoint.Fact<long>("epoch.losses"), checkpoint.Fact<long>("epoch.non_finite"), checkpoint.Fact<double>("epoch.loss_sum"),
            checkpoint.Fact<double>("epoch.weighted_loss_sum"), checkpoint.Fact<double>("epoch.weight_sum"));
    }

    private void LoadPlan(CheckpointReader checkpoint)
    {
        // The visits of the epochs before are what the policy was told when it planned this one.
        var context = Context(checkpoint.Fact<int>("plan.epoch")) with { PlannedVisits = _planned - checkpoint.Fact<long>("plan.count") };
        _touched = checkpoint.Has(WeightsSection);
        EpochPlan plan;
        if (_touched)
        {
            var weights = HugePages.Uninitialized<float>(Samples.Count);
            checkpoint.Read<float>(WeightsSection, weights);
            plan = EpochPlan.Of(context, weights, _options.Order);
        }
        else
        {
            plan = EpochPlan.Create(_policy, context, Samples, _options.Order);
        }

        var hash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture);
        if (hash != checkpoint.Fact("plan.hash"))
        {
            throw new CheckpointException($"the plan of epoch {plan.Epoch} comes out as {hash} and was {checkpoint.Fact("plan.hash")} when it was saved: the rule is another than the one " +
                "that made it; go on with the version of Winnow, or of your policy, that wrote the checkpoint");
        }

        _plan = plan;
        _coverage.Start(plan);
        _coverage.Load(checkpoint);
        _resumes = true;
    }

    // What has to be the same for plans to be the same.
    private static Dictionary<string, string> Identity(int count, IPruningPolicy policy, PrunerOptions options)
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

    private static string Digest(ReadOnlySpan<int> labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CheckpointFormat.Bytes(labels, hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
