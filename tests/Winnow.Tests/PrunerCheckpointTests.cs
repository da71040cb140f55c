using System.Diagnostics;
using System.Globalization;
using Winnow.Checkpoints;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests;

public class PrunerCheckpointTests
{
    private const int Count = 97, Epochs = 4, BatchSize = 20;

    /// <summary>Every method with its defaults, and modifiers around one.</summary>
    public static TheoryData<string> Specs => [.. PolicyCatalog.All.Select(static method => method.Name), "infobatch+batch-loss", "infobatch+max-age:epochs=2", "rcap+class-floor:keep=0.3"];

    [Theory]
    [MemberData(nameof(Specs))]
    public void Saved_and_restored_after_any_batch_a_run_goes_on_bit_for_bit(string spec)
    {
        var whole = Run(Make(spec), out var batches);
        Assert.True(batches > Epochs);
        for (var stop = 0; stop <= batches; stop++)
        {
            var pruner = Make(spec);
            var before = Run(pruner, out _, stop);
            Assert.Equal(whole, before + Run(Restore(Saved(pruner), spec), out _));
        }
    }

    [Fact]
    public void What_was_fetched_and_not_observed_is_visited_again_whatever_came_back_first()
    {
        var pruner = Make("infobatch");
        var plan = pruner.Plan(0);
        // A loader is three batches ahead, and the second comes back first.
        PlannedBatch[] fetched = [.. plan.Batches(BatchSize).Take(3)];
        Observe(pruner, fetched[1]);
        var restored = Restore(Saved(pruner), "infobatch");
        var again = restored.Current!;
        Assert.Equal(plan.Hash, again.Hash);
        Assert.Equal([0, 2, 3, 4], Enumerable.Range(0, 5).Where(i => !restored.IsObserved(again.Batch(i, BatchSize))));
        // Other batches, other cuts: what is half observed isn't.
        Assert.Equal(Count - fetched[1].Count, restored.Unobserved);
        Assert.False(restored.IsObserved(again.All));
        Assert.Throws<InvalidOperationException>(() => restored.IsObserved(fetched[1]));
    }

    [Fact]
    public void A_shuffler_gives_out_the_rest_of_the_epoch_first()
    {
        Pruner pruner = Make("infobatch"), whole = Make("infobatch");
        long[] order = [.. new EpochShuffler(pruner)];
        pruner.Observe(order.AsSpan(0, 30), [.. order.Take(30).Select(PrunerTests.Loss)]);
        var restored = Restore(Saved(pruner), "infobatch");
        var shuffler = new EpochShuffler(restored);
        Assert.Equal(order.Skip(30), shuffler);
        restored.Observe(order.AsSpan(30), [.. order.Skip(30).Select(PrunerTests.Loss)]);
        whole.Observe(whole.Plan(0).All, PrunerTests.Losses(whole.Current!.All));
        Assert.Equal(whole.Plan(1).OrderMemory.ToArray().Select(static id => (long)id), shuffler);
    }

    [Fact]
    public void The_plan_is_made_again_from_the_table_until_something_of_its_epoch_was_observed()
    {
        var pruner = Make("infobatch");
        var plan = pruner.Plan(0);
        Observe(pruner, plan.All);
        plan = pruner.Plan(1);
        Assert.DoesNotContain("plan.weights", CheckpointReader.Open(Saved(pruner)).Names);
        Assert.Equal(plan.Hash, Restore(Saved(pruner), "infobatch").Current!.Hash);
        Observe(pruner, plan.Batch(0, BatchSize));
        Assert.Contains("plan.weights", CheckpointReader.Open(Saved(pruner)).Names);
        Assert.Equal(plan.Hash, Restore(Saved(pruner), "infobatch").Current!.Hash);
    }

    [Fact]
    public void Losses_given_by_id_are_saved_in_the_middle_of_an_epoch_as_well()
    {
        var pruner = Make("infobatch");
        Observe(pruner, pruner.Plan(0).All);
        var plan = pruner.Plan(1);
        long[] ids = [.. plan.Order[..30].ToArray().Select(static id => (long)id)];
        // Other losses than those that the plan was made from: from the table it couldn't be made again.
        pruner.Observe(ids, [.. ids.Select(static id => 10 - PrunerTests.Loss(id))]);
        var restored = Restore(Saved(pruner), "infobatch");
        Assert.Equal(plan.Hash, restored.Current!.Hash);
        Assert.Equal(plan.Count - 30, restored.Unobserved);
    }

    [Fact]
    public void A_checkpoint_of_something_else_is_refused_with_everything_that_differs()
    {
        var pruner = Make("infobatch:keep=0.3");
        pruner.Plan(0);
        var saved = Saved(pruner);
        var options = Options();
        foreach ((var restore, var difference) in new (Func<Pruner>, string)[]
        {
            (() => Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch"), options), "pruner.policy is infobatch:keep=0.3 in the checkpoint and infobatch here"),
            (() => Pruner.Restore(saved, 98, PolicyCatalog.Parse("infobatch:keep=0.3"), options with { Labels = default }), "pruner.samples is 97 in the checkpoint and 98 here; pruner.labels is sha256"),
            (() => Pruner.Restore(saved, Count, PolicyCatalog.Parse("kakurenbo"), options), "pruner.columns is loss from 0 by LastWriter in the checkpoint and"),
            (() => Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch:keep=0.3"), options with { Seed = 8 }), "pruner.seed is 7 in the checkpoint and 8 here"),
            (() => Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch:keep=0.3"), options with { Epochs = 9 }), "pruner.epochs is 4 in the checkpoint and 9 here"),
        })
        {
            var error = Assert.Throws<CheckpointException>(restore);
            Assert.Contains(difference, error.Message, StringComparison.Ordinal);
            Assert.False(error.Damaged);
        }
    }

    [Fact]
    public void A_rule_that_plans_otherwise_than_the_one_that_was_saved_is_found_out()
    {
        var policy = new Fickle { Kept = 10 };
        var pruner = new Pruner(Count, policy, Options());
        pruner.Plan(0);
        var saved = Saved(pruner);
        Assert.Equal(10, Pruner.Restore(saved, Count, policy, Options()).Current!.Count);
        Assert.Contains("the plan of epoch 0 comes out as", Assert.Throws<CheckpointException>(() => Pruner.Restore(saved, Count, new Fickle { Kept = 11 }, Options())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_no_catalogue_made_is_known_by_its_settings_in_any_language()
    {
        var pruner = new Pruner(Count, new InfoBatchPolicy { Keep = 0.25 }, Options());
        var saved = Language.WithCommas(() => Saved(pruner));
        _ = Pruner.Restore(saved, Count, new InfoBatchPolicy { Keep = 0.25 }, Options());
        Assert.Throws<CheckpointException>(() => Pruner.Restore(saved, Count, new InfoBatchPolicy { Keep = 0.75 }, Options()));
        // The same settings are the same policy, whether a spec said them or code did.
        _ = Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch:keep=0.25"), Options());
    }

    [Fact]
    public void A_guard_that_no_catalogue_made_is_known_by_its_settings()
    {
        var pruner = new Pruner(Count, new MaxAgeGuard(new InfoBatchPolicy(), 3), Options());
        var saved = Saved(pruner);
        _ = Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch+max-age:epochs=3"), Options());
        Assert.Contains("pruner.policy is infobatch+max-age:epochs=3 in the checkpoint and infobatch+max-age:epochs=4 here",
            Assert.Throws<CheckpointException>(() => Pruner.Restore(saved, Count, new MaxAgeGuard(new InfoBatchPolicy(), 4), Options())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(10, 16)]
    [InlineData(16, 7)]
    [InlineData(97, 8)]
    public void What_is_left_of_a_restored_epoch_is_what_was_not_observed_at_any_batch_size(int before, int after)
    {
        var pruner = Make("infobatch");
        var plan = pruner.Plan(0);
        foreach (var batch in plan.Batches(before).Where(static (_, i) => i % 3 != 1))
        {
            pruner.Observe(batch, new float[batch.Count]);
        }

        var missing = plan.Batches(before).Where(static (_, i) => i % 3 == 1).SelectMany(static batch => batch.Ids.ToArray()).ToArray();
        var restored = Restore(Saved(pruner), "infobatch");
        var ids = new int[restored.Unobserved];
        Assert.Equal(missing.Length, restored.CopyUnobserved(ids));
        Assert.Equal(missing, ids);
        foreach (var batch in ids.Chunk(after))
        {
            restored.Observe([.. batch.Select(static id => (long)id)], new float[batch.Length]);
        }

        Assert.Equal((0, 0L), (restored.Unobserved, restored.Statistics.Repeated));
        Assert.Equal(0, restored.CopyUnobserved(ids));
    }

    [Fact]
    public void A_pruner_that_has_planned_nothing_keeps_what_it_was_told_before()
    {
        Pruner pruner = Make("infobatch"), other = Make("infobatch");
        float[] losses = [.. Enumerable.Range(0, Count).Select(static id => id % 10 == 0 ? float.NaN : PrunerTests.Loss(id))];
        pruner.Preload(losses);
        other.Preload(losses);
        var restored = Restore(Saved(pruner), "infobatch");
        Assert.Null(restored.Current);
        Assert.Equal(other.Plan(2).Hash, restored.Plan(2).Hash);
    }

    [Fact]
    public void Python_reads_a_checkpoint_by_the_lines_of_the_documentation()
    {
        var pruner = Make("infobatch");
        Observe(pruner, pruner.Plan(0).All);
        var folder = Directory.CreateTempSubdirectory("winnow-python-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "a.safetensors"), Saved(pruner).ToArray());
            string page = Repository.File("docs/checkpoints.md"), code = page.Split("```python\n")[1].Split("```")[0];
            File.WriteAllText(Path.Combine(folder, "read.py"), code + "\nfacts, arrays = read('a.safetensors')\nprint(facts['pruner.policy'], sum(arrays['samples.flags']), repr(arrays['samples.column.loss'][5]))\n");
            using var python = Process.Start(new ProcessStartInfo("python3", ["read.py"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
            var words = python.StandardOutput.ReadToEnd().Split();
            python.WaitForExit();
            Assert.Equal(["infobatch", "97"], words[..2]);
            Assert.Equal(PrunerTests.Loss(5), float.Parse(words[2], CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PrunerOptions Options() => new() { Epochs = Epochs, Seed = 7, Labels = Enumerable.Range(0, Count).Select(static i => i % 3).ToArray() };

    private static Pruner Make(string spec) => new(Count, PolicyCatalog.Parse(spec), Options());

    private static Pruner Restore(MemoryStream saved, string spec) => Pruner.Restore(saved, Count, PolicyCatalog.Parse(spec), Options());

    private static MemoryStream Saved(Pruner pruner)
    {
        var stream = new MemoryStream();
        pruner.Save(stream);
        return stream;
    }

    /// <summary>The loop a user writes, begun or gone on with; tells each batch, plan and statistics as they come, up to so many batches.</summary>
    private static string Run(Pruner pruner, out int batches, int stop = int.MaxValue)
    {
        using var told = new StringWriter(CultureInfo.InvariantCulture);
        batches = 0;
        for (var epoch = pruner.Current?.Epoch ?? 0; epoch < Epochs; epoch++)
        {
            var plan = pruner.Plan(epoch);
            foreach (var batch in plan.Batches(BatchSize))
            {
                if (pruner.IsObserved(batch))
                {
                    continue;
                }

                if (batches == stop)
                {
                    return told.ToString();
                }

                Observe(pruner, batch);
                batches++;
                told.WriteLine($"{epoch} {plan.Hash:x} {batch.Start} {pruner.Unobserved} {pruner.Statistics}");
            }

            if (!pruner.RefreshesDropped || epoch == Epochs - 1)
            {
                continue;
            }

            long[] dropped = [.. Enumerable.Range(0, plan.Total).Where(id => plan.Weights[id] == 0).Select(static id => (long)id)];
            if (dropped.Length > 0)
            {
                pruner.ObserveDropped(Said(dropped, epoch));
            }
        }

        return told.ToString();
    }

    private static void Observe(Pruner pruner, in PlannedBatch batch)
    {
        var ids = new long[batch.Count];
        batch.CopyIds(ids);
        var all = Said(ids, pruner.Current!.Epoch);
        pruner.Observe(batch, new BatchSignals { Losses = all.Losses }.With(Signal.BatchLoss, all[Signal.BatchLoss]).With(Signal.Confidence, all[Signal.Confidence]).With(Signal.Correct, all[Signal.Correct]));
    }

    // Losses fall with the epochs, one is no number, and predictions go with them.
    private static BatchSignals Said(long[] ids, int epoch) => new BatchSignals { Ids = ids, Losses = ids.Select(id => id == 13 && epoch == 1 ? float.NaN : PrunerTests.Loss(id + epoch) / (epoch + 1)).ToArray() }
        .With(Signal.BatchLoss, ids.Select(_ => 1f / (epoch + 1)).ToArray())
        .With(Signal.Confidence, ids.Select(static id => (float)(id % 10) / 10).ToArray())
        .With(Signal.Correct, SignalRules.Flags(ids.Select(id => (id + epoch) % 4 != 0).ToArray()));

    /// <summary>Says nothing of how many it keeps.</summary>
    private sealed class Fickle : IPruningPolicy
    {
        public int Kept { get; init; }

        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => [];

        public void Observe(SampleTable samples, in BatchSignals batch) { }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            weights.Clear();
            weights[..Kept].Fill(1);
        }
    }
}
