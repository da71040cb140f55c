using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

/// <summary>What a pruner takes beside losses, and what it tells beside plans.</summary>
public class PrunerSignalsTests
{
    /// <summary>Remembers all it was told, call by call.</summary>
    private sealed class Listener(Signal[] needs, bool refreshes = false) : IPruningPolicy
    {
        public List<(long Id, float Loss, float Batch, float Confidence, bool Correct, bool Refreshed, int Epoch)> Heard { get; } = [];

        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => needs;

        public bool RefreshesDropped => refreshes;

        public double LearningRateScale(int visited, int total) => (2.0 * total) + visited;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (var i = 0; i < batch.Ids.Length; i++)
            {
                Heard.Add((batch.Ids[i], batch.Losses[i], At(batch[Signal.BatchLoss], i), At(batch[Signal.Confidence], i),
                    At(batch[Signal.Correct], i) == 1, batch.Refreshed, batch.Epoch));
            }
        }

        private static float At(ReadOnlySpan<float> values, int i) => values.IsEmpty ? -1 : values[i];

        // Even samples are visited.
        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = 1 - (i % 2);
            }
        }
    }

    private static Pruner Make(IPruningPolicy policy, int count = 10) => new(count, policy, new() { Epochs = 5, Seed = 1 });

    private static Pruner Labelled(IPruningPolicy policy, int count, params int[] labels) => new(count, policy, new() { Epochs = 2, Labels = labels });

    private static string Refused(Action act) => Assert.ThrowsAny<ArgumentException>(act).Message;

    [Fact]
    public void Hands_predictions_on_in_the_order_of_the_ticket_however_long_it_is()
    {
        foreach (var count in new[] { 10, 5001 })
        {
            var listener = new Listener([Signal.Loss, Signal.Confidence, Signal.Correct]);
            var pruner = Make(listener, count);
            var plan = pruner.Plan(0);
            foreach (var batch in plan.Batches(3000))
            {
                var ids = batch.Ids.ToArray();
                pruner.Observe(batch, new BatchSignals { Losses = ids.Select(static i => i * 0.5f).ToArray() }
                    .With(Signal.Confidence, ids.Select(static i => i * 1e-5f).ToArray())
                    .With(Signal.Correct, SignalRules.Flags(ids.Select(static i => i % 4 == 0).ToArray())));
            }

            Assert.Equal(plan.Order.ToArray().Select(static i => ((long)i, i * 0.5f, -1f, i * 1e-5f, i % 4 == 0, false, 0)), listener.Heard);
            Assert.Equal(0, pruner.Unobserved);
        }
    }

    [Fact]
    public void Refuses_missing_or_uneven_signals_and_takes_nothing_then()
    {
        var listener = new Listener([Signal.Loss, Signal.Confidence, Signal.Correct, Signal.BatchLoss]);
        var pruner = Make(listener);
        var plan = pruner.Plan(0);
        var five = new float[5];
        Assert.Contains("0 confidences and 0 correctness flags for 5 samples; this method needs one of each", Refused(() => pruner.Observe(plan.All, five)), StringComparison.Ordinal);
        Assert.Contains("4 confidences for 5 samples; pass one a sample", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = five }.With(Signal.Confidence, new float[4]).With(Signal.Correct, SignalRules.Flags(new bool[5])))), StringComparison.Ordinal);
        Assert.Contains("6 correctness flags for 5 samples; pass one a sample", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = five }.With(Signal.Confidence, five).With(Signal.Correct, SignalRules.Flags(new bool[6])))), StringComparison.Ordinal);
        Assert.Contains("3 scores for 5 samples", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = five, Scores = new float[3] })), StringComparison.Ordinal);
        Assert.Contains("3 batch losses for 5 samples", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = five }.With(Signal.BatchLoss, new float[3]))), StringComparison.Ordinal);
        Assert.Contains("0 losses for 5 samples", Refused(() => pruner.Observe(plan.All, new BatchSignals().With(Signal.BatchLoss, five).With(Signal.Confidence, five).With(Signal.Correct, SignalRules.Flags(new bool[5])))), StringComparison.Ordinal);
        float[] sure = [0, 0.5f, 4.2f, 1, 1];
        foreach (var taken in new Action[]
        {
            () => pruner.Observe(plan.All, new BatchSignals { Losses = five }.With(Signal.Confidence, sure).With(Signal.Correct, SignalRules.Flags(new bool[5]))),
            () => pruner.Observe(new BatchSignals { Ids = [0, 2, 4, 6, 8], Losses = five }.With(Signal.Confidence, sure).With(Signal.Correct, SignalRules.Flags(new bool[5]))),
            () => pruner.ObserveDropped(new BatchSignals { Ids = [1, 3, 5, 7, 9], Losses = five }.With(Signal.Confidence, sure).With(Signal.Correct, SignalRules.Flags(new bool[5]))),
            () => Make(listener, 5).Preload(new BatchSignals { Losses = five }.With(Signal.Confidence, sure).With(Signal.Correct, SignalRules.Flags(new bool[5]))),
        })
        {
            Assert.Contains("confidences[2] is 4.2; a confidence is the probability of the model's own prediction, in [0, 1]", Refused(taken), StringComparison.Ordinal);
        }

        Assert.Contains("needs a loss a sample; add \"+batch-loss\"", Refused(() => pruner.Observe(plan.All, 1f)), StringComparison.Ordinal);
        Assert.Empty(listener.Heard);
        Assert.Equal(5, pruner.Unobserved);
    }

    [Fact]
    public void Ranks_by_scores_and_keeps_statistics_of_the_losses()
    {
        var pruner = new Pruner(4, PolicyCatalog.Parse("infobatch"), new() { Epochs = 3 });
        var plan = pruner.Plan(0);
        float[] losses = [1, 2, 3, float.NaN], scores = [40, float.NaN, 60, 70];
        pruner.Observe(plan.All, new BatchSignals { Losses = losses, Scores = scores });
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(scores[i], pruner.Samples[Column.Loss][plan.Order[i]]);
        }
        // It is the score that must be a number for its sample to be ranked; the mean is of the losses that are.
        Assert.Equal(SampleFlags.Seen | SampleFlags.NonFinite, pruner.Samples.Flags[plan.Order[1]]);
        Assert.Equal(SampleFlags.Seen, pruner.Samples.Flags[plan.Order[3]]);
        Assert.Equal((2.0, 1L), (pruner.Statistics.MeanLoss, pruner.Statistics.NonFinite));
        Assert.Equal(170 / 3.0, pruner.Statistics.StoredLoss, 5);
        // Scores alone will do too; then there is no mean loss.
        pruner.Observe(plan.All, new BatchSignals { Scores = [1f, 1f, 1f, 2f] });
        Assert.Equal(2.0, pruner.Statistics.MeanLoss);
        Assert.Equal(1.25, pruner.Statistics.StoredLoss, 5);
    }

    [Fact]
    public void Takes_what_is_observed_at_once_for_one_batch_unless_told_the_batches()
    {
        var listener = new Listener([Signal.Loss, Signal.BatchLoss]);
        var pruner = Make(listener);
        var plan = pruner.Plan(0);
        pruner.Observe(plan.Batch(0, 3), new BatchSignals { Losses = plan.Batch(0, 3).Count == 2 ? [1f, 2f] : [1f, 2f, 3f] });
        Assert.All(listener.Heard, h => Assert.Equal(listener.Heard.Average(static x => x.Loss), h.Batch));
        listener.Heard.Clear();
        pruner.Observe(plan.All, new BatchSignals { Losses = [1f, 2f, float.NaN, 3f, 4f] });
        Assert.All(listener.Heard, static h => Assert.Equal(2.5f, h.Batch));
        listener.Heard.Clear();
        var means = new float[5];
        plan.BatchMeans([1f, 2f, float.NaN, 3f, 4f], 3, means);
        pruner.Observe(plan.All, new BatchSignals { Losses = [1f, 2f, float.NaN, 3f, 4f] }.With(Signal.BatchLoss, means));
        Assert.Equal([1.5f, 1.5f, 3.5f, 3.5f, 3.5f], listener.Heard.Select(static h => h.Batch));
        // With scores in the losses' place the mean is of the scores, so that the two can be compared.
        listener.Heard.Clear();
        pruner.Observe(plan.All, new BatchSignals { Losses = new float[5], Scores = [2f, 4f, 6f, 8f, 10f] });
        Assert.Equal([(2f, 6f), (4f, 6f), (6f, 6f), (8f, 6f), (10f, 6f)], listener.Heard.Select(static h => (h.Loss, h.Batch)));
        listener.Heard.Clear();
        pruner.Observe(plan.All, new BatchSignals { Scores = [2f, 4f, 6f, 8f, 10f] });
        Assert.All(listener.Heard, static h => Assert.Equal(6f, h.Batch));
    }

    [Fact]
    public void Takes_one_loss_for_a_batch_where_the_method_needs_no_more()
    {
        var listener = new Listener([Signal.BatchLoss]);
        var pruner = Make(listener);
        var plan = pruner.Plan(0);
        pruner.Observe(plan.Batch(0, 3), 1.5f);
        pruner.Observe(plan.Batch(1, 3), float.NaN);
        Assert.Equal(plan.Order.ToArray().Select(static i => (long)i), listener.Heard.Select(static h => h.Id));
        Assert.Equal([1.5f, 1.5f, float.NaN, float.NaN, float.NaN], listener.Heard.Select(static h => h.Batch));
        Assert.Equal((0, 3L), (pruner.Unobserved, pruner.Samples.NonFiniteCount));
        Assert.True(double.IsNaN(pruner.Statistics.MeanLoss));
    }

    [Fact]
    public void Takes_what_sat_out_apart_from_the_visits()
    {
        var listener = new Listener([Signal.Loss, Signal.Confidence, Signal.Correct], refreshes: true);
        var pruner = Make(listener);
        Assert.True(pruner.RefreshesDropped);
        Assert.Equal([Signal.Loss, Signal.Confidence, Signal.Correct], pruner.Needs);
        var dropped = new BatchSignals { Ids = [3, 1], Losses = [0.5f, float.NaN] }.With(Signal.Confidence, [0.9f, 0.8f]).With(Signal.Correct, SignalRules.Flags([true, false]));
        Assert.Contains("nothing has been planned", Assert.Throws<InvalidOperationException>(() => pruner.ObserveDropped(new BatchSignals())).Message, StringComparison.Ordinal);
        var plan = pruner.Plan(2);
        pruner.ObserveDropped(dropped);
        Assert.Equal([(3L, 0.5f, -1f, 0.9f, true, true, 2), (1L, float.NaN, -1f, 0.8f, false, true, 2)], listener.Heard);
        var statistics = pruner.Statistics;
        Assert.Equal((2L, 0L, 5L, 1L), (statistics.Refreshed, statistics.Observed, statistics.Planned, statistics.NonFinite));
        Assert.True(double.IsNaN(statistics.MeanLoss));
        Assert.Equal(5, pruner.Unobserved);
        Assert.Equal((2L, 1L), (pruner.Samples.SeenCount, pruner.Samples.NonFiniteCount));
    }

    [Fact]
    public void Refuses_as_dropped_what_is_visited_or_does_not_exist_and_takes_nothing_then()
    {
        var listener = new Listener([Signal.Loss], refreshes: true);
        var pruner = Make(listener);
        pruner.Plan(1);
        Assert.Contains("sample 4 is visited in epoch 1; observe it with the visited samples", Refused(() => pruner.ObserveDropped(new BatchSignals { Ids = [1, 4], Losses = [1, 1] })), StringComparison.Ordinal);
        foreach (var id in new[] { -1L, 10L, long.MaxValue })
        {
            Assert.Contains($"there is no sample {id}; ids are 0-based, in [0, 10)", Refused(() => pruner.ObserveDropped(new BatchSignals { Ids = [1, id], Losses = [1, 1] })), StringComparison.Ordinal);
        }

        Assert.Contains("1 losses for 2 samples", Refused(() => pruner.ObserveDropped(new BatchSignals { Ids = [1, 3], Losses = [1] })), StringComparison.Ordinal);
        Assert.Empty(listener.Heard);
        Assert.Equal(0, pruner.Statistics.Refreshed);
        pruner.ObserveDropped(new BatchSignals());
        Assert.Equal(0, pruner.Statistics.Refreshed);
    }

    [Fact]
    public void Passes_on_the_learning_rate_that_the_method_suggests_for_the_current_plan()
    {
        var pruner = Make(new Listener([]));
        Assert.Equal(1, pruner.LearningRateScale);
        pruner.Plan(0);
        Assert.Equal(25, pruner.LearningRateScale);
        Assert.Equal(1, new Pruner(4, new FullPolicy(), new() { Epochs = 1 }).LearningRateScale);
    }

    [Fact]
    public void Tells_what_was_asked_to_be_saved()
    {
        Assert.Null(Make(new FullPolicy()).Statistics.AskedSave);
        Assert.Equal(0.25, Make(PolicyCatalog.Parse("random:save=0.25+max-age")).Statistics.AskedSave);
    }

    [Fact]
    public void Wants_labels_where_the_method_looks_at_classes_and_one_a_sample()
    {
        var policy = PolicyCatalog.Parse("random+class-floor");
        Assert.Contains("there are no labels; give labels, one a sample", Refused(() => Make(policy)), StringComparison.Ordinal);
        Assert.Contains("3 labels for 4 samples", Refused(() => Labelled(policy, 4, 0, 1, 2)), StringComparison.Ordinal);
        Assert.Contains("label -1 of sample 1 is not in [0, 65536)", Refused(() => Labelled(policy, 2, 0, -1)), StringComparison.Ordinal);
        var pruner = Labelled(policy, 3, 0, 4, 0);
        Assert.Equal(5, pruner.Samples.Classes);
        // Labels are known beforehand: they needn't be observed, and nothing waits for them.
        Assert.Empty(pruner.Needs);
        pruner.Plan(0);
        Assert.Equal(1, pruner.Plan(1).Epoch);
    }

    [Fact]
    public void Waits_for_batch_losses_as_it_waits_for_losses()
    {
        var pruner = Make(new Listener([Signal.BatchLoss]));
        var plan = pruner.Plan(0);
        Assert.Throws<InvalidOperationException>(() => pruner.Plan(1));
        pruner.Observe(plan.All, 1f);
        Assert.Equal(1, pruner.Plan(1).Epoch);
    }

    [Fact]
    public void Preloads_all_that_the_method_needs()
    {
        var listener = new Listener([Signal.Loss, Signal.Confidence, Signal.Correct, Signal.BatchLoss]);
        var pruner = Make(listener, 300);
        float[] losses = [.. Enumerable.Range(0, 300).Select(static i => i % 10 == 0 ? float.NaN : i % 10)];
        float[] confidences = [.. losses.Select(static (_, i) => i / 300f)];
        bool[] correct = [.. losses.Select(static (_, i) => i % 3 == 0)];
        Assert.Contains("0 confidences and 0 correctness flags for 300 samples", Refused(() => pruner.Preload(losses)), StringComparison.Ordinal);
        Assert.Contains("2 losses for 300 samples", Refused(() => pruner.Preload(new BatchSignals { Losses = new float[2] })), StringComparison.Ordinal);
        Assert.Equal(0, pruner.Samples.SeenCount);
        pruner.Preload(new BatchSignals { Losses = losses }.With(Signal.Confidence, confidences).With(Signal.Correct, SignalRules.Flags(correct)));
        Assert.Equal(Enumerable.Range(0, 300).Where(static i => i % 10 != 0).Select(i => ((long)i, losses[i], 5f, confidences[i], correct[i], false, -1)), listener.Heard);
        Assert.Equal(270, pruner.Samples.SeenCount);
    }
}
