using FsCheck;
using FsCheck.Fluent;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Plans;

public class EpochPlanTests
{
    /// <summary>A policy that writes given weights.</summary>
    internal sealed class Fixed(params float[] weights) : IPruningPolicy
    {
        public IReadOnlyList<Column> Columns => [];
        public IReadOnlyList<Signal> Needs => [];
        public void Observe(SampleTable samples, in BatchSignals batch) { }
        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> target) => weights.CopyTo(target);
    }

    internal static EpochPlan Make(int epoch = 1, ulong seed = 1, params float[] weights) =>
        EpochPlan.Create(new Fixed(weights), new EpochContext { Epoch = epoch, TotalEpochs = 10, Seed = seed }, new SampleTable(weights.Length, []));

    [Fact]
    public void Orders_exactly_the_samples_with_a_weight() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<ulong>(), static (bytes, seed) =>
        {
            float[] weights = [1f, .. bytes.Get.Select(static b => b % 2 == 0 ? 0f : b)];
            var plan = Make(seed: seed, weights: weights);
            return plan.Total == weights.Length && plan.Count == plan.Order.Length && plan.WeightSum == weights.Sum(static w => (double)w)
                && plan.Weights.SequenceEqual(weights)
                && plan.Order.ToArray().Order().SequenceEqual(Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Batches_cover_the_order_and_differ_by_at_most_one() =>
        Prop.ForAll(Gen.Choose(1, 500).ToArbitrary(), Gen.Choose(1, 200).ToArbitrary(), static (count, size) =>
        {
            var plan = Make(weights: [.. Enumerable.Repeat(1f, count)]);
            PlannedBatch[] batches = [.. plan.Batches(size)];
            return batches.Length == plan.Steps(size) && batches.Length == (count + size - 1) / size
                && batches.Max(static b => b.Count) <= size && batches.Max(static b => b.Count) - batches.Min(static b => b.Count) <= 1
                && batches.SelectMany(static b => b.Ids.ToArray()).SequenceEqual(plan.Order.ToArray())
                && plan.Batches(size).SequenceEqual(batches);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Copies_ids_and_weights_in_visiting_order()
    {
        var plan = Make(weights: [.. Enumerable.Range(0, 100).Select(static i => i % 3 * 0.5f)]);
        var batch = plan.Batch(1, 16);
        var ids = new long[batch.Count + 1];
        var weights = new float[batch.Count + 1];
        (ids[^1], weights[^1]) = (-7, -7);
        batch.CopyIds(ids);
        batch.CopyWeights(weights);
        Assert.Equal(batch.Ids.ToArray().Select(static i => (long)i), ids[..^1]);
        Assert.Equal(ids[..^1].Select(static i => i % 3 * 0.5f), weights[..^1]);
        Assert.Equal((-7L, -7f), (ids[^1], weights[^1]));
        Assert.Equal(weights[..^1].Sum(), batch.WeightSum, 6);
        Assert.Throws<ArgumentException>(() => plan.Batch(1, 16).CopyIds(new long[2]));
        Assert.Throws<ArgumentException>(() => plan.Batch(1, 16).CopyWeights(new float[2]));
    }

    [Fact]
    public void Has_a_hash_of_what_it_visits()
    {
        float[] weights = [.. Enumerable.Repeat(1f, 50)];
        var hash = Make(weights: weights).Hash;
        Assert.Equal(hash, Make(weights: weights).Hash);
        Assert.NotEqual(hash, Make(epoch: 2, weights: weights).Hash);
        Assert.NotEqual(hash, Make(seed: 2, weights: weights).Hash);
        weights[0] = 2f;
        Assert.NotEqual(hash, Make(weights: weights).Hash);
    }

    // Pinned: a seed means the same plan on every machine, whatever its vectors are, and in later versions.
    [Theory]
    [InlineData("full", 0xE803B54F7F7EE7BBUL)]
    [InlineData("random", 0xB0DCE1C1E58FF406UL)]
    [InlineData("infobatch", 0x4CCEFCB7914EDE3DUL)]
    [InlineData("infobatch-quantile", 0xB762178052544305UL)]
    [InlineData("infobatch:keep=0.7,rule=reference", 0xA0D701CD872157F1UL)]
    public void Is_the_same_on_every_machine(string spec, ulong hash)
    {
        var policy = PolicyCatalog.Parse(spec);
        var table = new SampleTable(150_001, policy.Columns);
        table.Flags.Fill(SampleFlags.Seen);
        foreach (var column in policy.Columns)
        {
            for (var i = 0; i < table.Count; i++)
            {
                table[column][i] = (float)(i * 2654435761L % 100_003) / 1024;
            }
        }

        Assert.Equal(hash, EpochPlan.Create(policy, new EpochContext { Epoch = 3, TotalEpochs = 10, Seed = 11 }, table).Hash);
    }

    [Fact]
    public void Tells_how_far_the_run_is()
    {
        var plan = Make(epoch: 3, weights: [1f, 1f]);
        Assert.Equal(0.3, plan.Progress(0, 4), 12);
        Assert.Equal(0.375, plan.Progress(3, 4), 12);
        Assert.Equal(0.4, plan.Progress(4, 4), 12);
        Assert.Equal(1.0, Make(epoch: 9, weights: [1f]).Progress(7, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Progress(5, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Progress(-1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Progress(0, 0));
    }

    [Fact]
    public void Refuses_epochs_outside_the_run_no_samples_and_no_visits()
    {
        foreach (var epoch in new[] { -1, 10 })
        {
            Assert.Contains("epochs are 0-based, in [0, 10)", Assert.Throws<ArgumentOutOfRangeException>(() => Make(epoch, weights: [1f])).Message, StringComparison.Ordinal);
        }

        Assert.Contains("no samples", Assert.Throws<ArgumentException>(() => Make()).Message, StringComparison.Ordinal);
        Assert.Contains("weight 0 in epoch 1", Assert.Throws<InvalidOperationException>(() => Make(weights: [0f, 0f])).Message, StringComparison.Ordinal);
        Assert.Contains("sample 1 is NaN", Assert.Throws<ArgumentException>(() => Make(weights: [0f, float.NaN])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_batches_that_do_not_exist()
    {
        var plan = Make(weights: [1f, 1f, 1f]);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Batch(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Batch(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Steps(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Batches(0));
    }

    [Fact]
    public void Slices_batches_within_their_bounds()
    {
        var batch = Make(weights: [.. Enumerable.Repeat(1f, 10)]).All;
        Assert.Equal(batch.Ids[4..7].ToArray(), batch.Slice(4, 3).Ids.ToArray());
        Assert.Equal(batch.Slice(2, 6).Slice(2, 3), batch.Slice(4, 3));
        Assert.True(batch.Slice(0, 10) == batch && batch.Slice(1, 9) != batch);
        Assert.Equal(batch.GetHashCode(), batch.Slice(0, 10).GetHashCode());
        Assert.Equal(0, batch.Slice(10, 0).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Slice(11, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Slice(4, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Slice(0, -1));
    }
}
