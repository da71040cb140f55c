using System.Text;
using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

/// <summary>Wrong calls: a status, a text that helps, and nothing changed.</summary>
public sealed unsafe class RefusalTests
{
    private static readonly byte[] s_full = "full\0"u8.ToArray();

    [LibraryFact]
    public void What_a_pruner_is_made_from_is_checked()
    {
        Options good = new() { Size = (uint)sizeof(Options), Epochs = 3 };
        Refused(BadArgument, Create("infobach\0"u8.ToArray(), 10, &good, out var pruner), "infobach", "infobatch");
        Assert.Equal(0u, pruner);
        Refused(BadArgument, Create("infobatch:keep=2\0"u8.ToArray(), 10, &good, out _), "keep=2");
        Refused(BadArgument, Create("random:save=0.9999\0"u8.ToArray(), 0, &good, out _), "samples is 0; it is in [1, 2147483591]");
        Refused(BadArgument, Create(s_full, -1, &good, out _), "samples is -1");
        Refused(BadArgument, Create(s_full, long.MaxValue, &good, out _), "samples is 9223372036854775807");
        Refused(BadArgument, Create([0xFF, 0xC3, 0x28, 0], 10, &good, out _), "method isn't UTF-8 at byte 0");
        Refused(BadArgument, Create([.. Enumerable.Repeat((byte)'a', 5000)], 10, &good, out _), "no NUL within 4096 bytes");
        Refused(BadArgument, Create(s_full, 10, null, out _), "options is NULL");
        Refused(BadArgument, winnow_pruner_create(null, 10, &good, &pruner), "method is NULL");
        fixed (byte* text = s_full)
        {
            Refused(BadArgument, winnow_pruner_create(text, 10, &good, null), "out is NULL");
        }

        Options small = good with { Size = 8 }, none = good with { Epochs = 0 }, odd = good with { AllowUnobserved = 2 };
        Options threads = good with { Threads = -1 }, labels = good with { LabelCount = 3 }, negative = good with { LabelCount = -3 };
        Refused(BadArgument, Create(s_full, 10, &small, out _), "options->size is 8", $"{sizeof(Options)} bytes");
        Refused(BadArgument, Create(s_full, 10, &none, out _), "options->epochs is 0; it is in [1, ");
        Refused(BadArgument, Create(s_full, 10, &odd, out _), "options->allow_unobserved is 2; it is in [0, 1]");
        Refused(BadArgument, Create(s_full, 10, &threads, out _), "options->threads is -1; it is in [0, ");
        Refused(BadArgument, Create(s_full, 10, &labels, out _), "options->labels is NULL");
        Refused(BadArgument, Create(s_full, 10, &negative, out _), "the number of elements of options->labels is -3");
        Refused(BadArgument, Create("class-floor\0"u8.ToArray(), 10, &good, out _), "class-floor");
        Refused(BadArgument, Create("rcap\0"u8.ToArray(), 10, &good, out _), "labels");
    }

    [LibraryFact]
    public void Handles_that_are_gone_or_never_were_are_refused()
    {
        ulong pruner = Create("infobatch", 50, 3), plan = Plan(pruner, 0), other;
        var facts = new PlanFacts { Size = (uint)sizeof(PlanFacts) };
        Refused(BadHandle, winnow_pruner_plan(0, 0, &other), "0 is no pruner");
        Refused(BadHandle, winnow_pruner_plan(plan, 0, &other), $"there is no pruner {plan}");
        Refused(BadHandle, winnow_plan_describe(pruner, &facts), $"there is no plan {pruner}");
        Refused(BadHandle, winnow_plan_free(ulong.MaxValue), "there is no plan");
        Done(winnow_pruner_destroy(pruner));
        Refused(BadHandle, winnow_pruner_destroy(pruner), "freed");
        Refused(BadHandle, winnow_pruner_plan(pruner, 1, &other), "freed");
        Refused(BadHandle, Library.Observe(pruner, 0, [1], [1f]), "freed");
        // A plan outlives its pruner.
        Assert.Equal(Enumerable.Range(0, 50), Order(plan).ToArray().Order());
        Done(winnow_plan_free(plan));
        Refused(BadHandle, winnow_plan_free(plan), "freed");
        Refused(BadHandle, winnow_plan_describe(plan, &facts), "freed");
    }

    [LibraryFact]
    public void Wrong_observations_change_nothing()
    {
        var pruner = Create("infobatch", 50, 4);
        Refused(BadState, Library.Observe(pruner, 0, [1], [1f]), "epoch 0 hasn't been planned");
        ulong plan = Plan(pruner, 0), later;
        Done(Library.Observe(pruner, 0, [1, 2], [1f, float.NaN]));
        var before = StatisticsOf(pruner);
        Refused(BadArgument, Library.Observe(pruner, 0, [3, 50], [1f, 1f]), "there is no sample 50", "[0, 50)");
        Refused(BadArgument, Library.Observe(pruner, 0, [3, -1], [1f, 1f]), "there is no sample -1");
        Refused(BadArgument, Library.Observe(pruner, 0, [3, long.MinValue], [1f, 1f]), "there is no sample");
        Refused(BadArgument, Library.Observe(pruner, 0, [3], []), "losses");
        Refused(BadArgument, Library.Observe(pruner, 0, [3], [1f], confidences: [0.5f], correct: [7]), "correct[0] is 7; it is 0 or 1");
        Refused(BadArgument, Library.Observe(pruner, 0, [3, 4], [1f, 1f], confidences: [0.5f, 4.2f], correct: [1, 1]), "confidences[1] is 4.2;", "in [0, 1]");
        Refused(BadState, Library.Observe(pruner, 1, [3], [1f]), "the losses are of epoch 1", "current plan is of epoch 0");
        Refused(BadState, winnow_pruner_plan(pruner, 1, &later), "48 of the 50 samples");
        Refused(BadArgument, winnow_pruner_plan(pruner, -1, &later), "0-based");
        Refused(BadArgument, winnow_pruner_plan(pruner, 4, &later), "the run has 4 epochs");
        Refused(BadArgument, winnow_pruner_observe(pruner, 0, null, 1, null), "ids is NULL");
        long id = 3;
        Refused(BadArgument, winnow_pruner_observe(pruner, 0, &id, 1, null), "signals is NULL");
        var signals = new Signals { Size = (uint)sizeof(Signals) };
        Refused(BadArgument, winnow_pruner_observe(pruner, 0, &id, -1, &signals), "the number of elements of ids is -1");
        Refused(BadArgument, winnow_pruner_observe(pruner, 0, &id, long.MaxValue, &signals), "the number of elements of ids is 9223372036854775807; it is in [0, 2147483647]");
        Refused(BadArgument, winnow_pruner_observe(pruner, 0, (long*)((byte*)&id + 1), 1, &signals), "multiple of 8 bytes");
        float loss = 1;
        signals.Losses = &loss;
        Refused(BadArgument, winnow_pruner_observe_places(pruner, 0, 50, 1, &signals), "1 places from 50 on");
        Refused(BadArgument, winnow_pruner_observe_places(pruner, 0, long.MaxValue, 1, &signals), "0-based");
        Refused(BadArgument, winnow_pruner_observe_places(pruner, 0, -1, 1, &signals), "0-based");
        Refused(BadArgument, winnow_pruner_preload(pruner, 1, &signals), "1 losses for 50 samples");
        Refused(BadArgument, winnow_pruner_observe_dropped(pruner, 0, &id, 1, &signals), "is visited in epoch 0");
        Assert.Equal(before, StatisticsOf(pruner));
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void Wrong_questions_about_a_plan_are_refused()
    {
        ulong pruner = Create("full", 10, 2), plan = Plan(pruner, 0);
        long steps, start, count, real;
        var ids = stackalloc long[8];
        var weights = stackalloc float[8];
        Refused(BadArgument, winnow_plan_steps(plan, 0, &steps), "batch_size is 0; it is at least 1");
        Done(winnow_plan_steps(plan, long.MaxValue, &steps));
        Assert.Equal(1, steps);
        Refused(BadArgument, winnow_plan_batch(plan, 4, 3, &start, &count), "step is 3; it is in [0, 2]");
        Refused(BadArgument, winnow_plan_batch(plan, 4, long.MaxValue, &start, &count), "step is 9223372036854775807; it is in [0, 2]");
        Refused(BadArgument, winnow_plan_share(plan, 2, 2, 4, 0, ids, weights, 8, &count, &real), "rank is 2; it is in [0, 1]");
        Refused(BadArgument, winnow_plan_share(plan, 0, 0, 4, 0, ids, weights, 8, &count, &real), "ranks is 0; it is in [1, ");
        Refused(BadArgument, winnow_plan_share(plan, 0, 2, 4, 0, ids, weights, 1, &count, &real), "the share has 2 samples and there is room for 1");
        Refused(BadArgument, winnow_plan_share(plan, 0, 2, 4, 0, ids, weights, -1, &count, &real), "capacity is -1");
        Refused(BadArgument, winnow_plan_share(plan, 0, 2, 4, 0, null, weights, 8, &count, &real), "ids is NULL");
        ids[0] = 10;
        Refused(BadArgument, winnow_plan_weights_of(plan, ids, 1, weights, null), "there is no sample 10");
        float room;
        var all = stackalloc float[10];
        fixed (byte* name = "lost\0"u8)
        {
            Refused(BadArgument, winnow_pruner_column(pruner, name, all, 10), "no column \"lost\"; this method keeps none");
        }

        fixed (byte* name = "loss\0"u8)
        {
            Refused(BadArgument, winnow_pruner_column(pruner, name, &room, 1), "room for 1 of 10");
        }

        var facts = new PlanFacts { Size = 3 };
        Refused(BadArgument, winnow_plan_describe(plan, &facts), "out->size is 3");
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void Signals_are_checked_before_they_are_handed_over_by_the_same_rules()
    {
        var losses = stackalloc float[3] { float.NaN, float.PositiveInfinity, -1 };
        var confidences = stackalloc float[3] { 0, float.NaN, 1 };
        var correct = stackalloc byte[3] { 0, 1, 1 };
        var signals = new Signals { Size = (uint)sizeof(Signals), Losses = losses, Confidences = confidences, Correct = correct };
        Done(winnow_signals_check(3, &signals));
        foreach (var wrong in new[] { 4.2f, 30, -1, float.PositiveInfinity, float.NegativeInfinity, 1.0000001f })
        {
            confidences[2] = wrong;
            Refused(BadArgument, winnow_signals_check(3, &signals), "confidences[2] is ", "in [0, 1]");
            Done(winnow_signals_check(2, &signals));
        }

        confidences[2] = 1;
        for (var value = 2; value < 256; value++)
        {
            correct[0] = (byte)value;
            Refused(BadArgument, winnow_signals_check(3, &signals), $"correct[0] is {value}; it is 0 or 1");
        }

        correct[0] = 0;
        Refused(BadArgument, winnow_signals_check(-1, &signals), "is -1; it is in [0, ");
        Refused(BadArgument, winnow_signals_check(1L << 31, &signals), "is 2147483648; it is in [0, ");
        // Memory that nobody has set up.
        signals.Reserved = 7;
        Refused(BadArgument, winnow_signals_check(3, &signals), "signals->reserved is 7; it is 0");
        Refused(BadArgument, winnow_signals_check(3, null), "signals is NULL");
    }

    [LibraryTheory]
    [InlineData(int.MinValue, "label -2147483648 of sample 1 is not in [0, 65536)")]
    [InlineData(-1, "label -1 of sample 1")]
    [InlineData(65536, "label 65536 of sample 1")]
    [InlineData(int.MaxValue, "label 2147483647 of sample 1")]
    public void Labels_that_are_no_classes_are_refused(int label, string text)
    {
        var labels = stackalloc int[3] { 0, label, 2 };
        var options = new Options { Size = (uint)sizeof(Options), Epochs = 3, Labels = labels, LabelCount = 3 };
        Refused(BadArgument, Create("rcap\0"u8.ToArray(), 3, &options, out _), text);
        Refused(BadArgument, Create(s_full, 3, &options, out _), text);
    }

    [LibraryFact]
    public void The_text_of_a_failure_is_the_threads_own_and_cut_between_characters()
    {
        Options options = new() { Size = (uint)sizeof(Options), Epochs = 3 };
        Assert.Equal(BadArgument, Create(Encoding.UTF8.GetBytes("äöü\0"), 10, &options, out _));
        var whole = LastError();
        Assert.Contains("äöü", whole, StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetByteCount(whole);
        var buffer = new byte[bytes + 1];
        fixed (byte* p = buffer)
        {
            for (var room = 1; room <= buffer.Length; room++)
            {
                Assert.Equal(buffer.Length, winnow_pruner_last_error(p, room));
                var end = Array.IndexOf(buffer, (byte)0);
                Assert.InRange(end, Math.Max(0, room - 4), room - 1);
                Assert.StartsWith(new UTF8Encoding(false, true).GetString(buffer.AsSpan(0, end)), whole, StringComparison.Ordinal);
            }

            Assert.Equal(buffer.Length, winnow_pruner_last_error(p, -5));
        }

        var thread = new Thread(() => Assert.Equal("", LastError()));
        thread.Start();
        thread.Join();
    }
}
