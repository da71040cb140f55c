using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;
using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

/// <summary>
/// Thousands of calls with sizes, ids, losses, epochs and handles drawn at random, many of them wrong, beside a managed pruner that is told
/// only what was accepted: both must agree at the end, whatever was refused in between.
/// </summary>
public unsafe class FuzzTests
{
    private const int Count = 60, Epochs = 8, Calls = 4000;

    [LibraryTheory]
    [InlineData("infobatch")]
    [InlineData("infobatch:save=0.2+max-age:epochs=3")]
    [InlineData("ucb")]
    [InlineData("kakurenbo")]
    public void Calls_at_random_never_leave_it_in_another_state(string method)
    {
        for (ulong seed = 0; seed < 4; seed++)
        {
            Run(method, seed);
        }
    }

    private static void Run(string method, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "fuzz").Sequence();
        var managed = new Pruner(Count, PolicyCatalog.Parse(method), new PrunerOptions { Epochs = Epochs, Seed = seed, AllowUnobserved = true });
        var pruner = Create(method, Count, Epochs, seed, allowUnobserved: 1);
        var plans = new List<ulong>();
        var ids = new long[2 * Count];
        float[] losses = new float[ids.Length], confidences = new float[ids.Length];
        var correct = new byte[ids.Length];
        var into = stackalloc long[ids.Length];
        int refused = 0, accepted = 0;
        for (var call = 0; call < Calls; call++)
        {
            int count = (int)random.Next((uint)(random.Next(20) == 0 ? ids.Length : 6)), at = managed.Current?.Epoch ?? 0;
            for (var i = 0; i < count; i++)
            {
                ids[i] = random.Next(40) == 0 ? Pick(ref random, long.MinValue, -1, Count, int.MaxValue, long.MaxValue) : random.Next(Count);
                losses[i] = random.Next(10) == 0 ? Pick(ref random, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -0f) : (float)random.NextDouble();
                confidences[i] = random.Next(30) == 0 ? Pick(ref random, float.NaN, -1f, 2f) : (float)random.NextDouble();
                correct[i] = (byte)random.Next(random.Next(50) == 0 ? 256u : 2);
            }

            var epoch = random.Next(10) == 0 ? (int)random.NextUInt32() : at;
            var handle = random.Next(30) == 0 ? random.NextUInt32() % 5 == 0 ? 0 : pruner + random.Next(1000) + 1_000_000 : pruner;
            var length = random.Next(30) == 0 ? Pick(ref random, -1, long.MinValue, long.MaxValue, 1L << 31) : count;
            var predictions = random.Next(2) == 0;
            int status;
            fixed (long* i = ids)
            fixed (float* l = losses, c = confidences)
            fixed (byte* k = correct)
            {
                var signals = new Signals { Size = (uint)sizeof(Signals), Losses = random.Next(30) == 0 ? null : l, Confidences = predictions ? c : null, Correct = predictions ? k : null };
                if (random.Next(40) == 0)
                {
                    signals.Size = random.Next(100);
                }

                var told = new BatchSignals { Ids = ids.AsSpan(0, count), Losses = signals.Losses is null ? default : losses.AsSpan(0, count) };
                if (predictions)
                {
                    told = told.With(Signal.Confidence, confidences.AsSpan(0, count)).With(Signal.Correct, Array.ConvertAll(correct[..count], static one => (float)one));
                }

                switch (random.Next(8))
                {
                    case 0 when random.Next(60) == 0:
                        ulong plan;
                        status = winnow_pruner_plan(handle, at + 1, &plan);
                        if (status != Ok)
                        {
                            break;
                        }

                        plans.Add(plan);
                        Assert.Equal(managed.Plan(at + 1).Order, Order(plan));
                        break;
                    case 1:
                        status = winnow_pruner_observe_dropped(handle, epoch, i, length, &signals);
                        if (status == Ok && count > 0)
                        {
                            managed.ObserveDropped(told);
                        }

                        break;
                    case 2:
                        var start = random.Next(10) == 0 ? (long)random.NextUInt32() - (1L << 31) : random.Next(Count);
                        status = winnow_pruner_observe_places(handle, epoch, start, length, &signals);
                        if (status == Ok && count > 0)
                        {
                            managed.Observe(managed.Current!.All.Slice((int)start, count), told);
                        }

                        break;
                    case 3:
                        status = winnow_plan_weights_of(plans.Count == 0 ? 0 : plans[(int)random.Next((uint)plans.Count)], i, length, c, null);
                        break;
                    case 4 when plans.Count > 2:
                        var stale = plans[0];
                        Done(winnow_plan_free(stale));
                        plans.RemoveAt(0);
                        status = winnow_plan_free(stale);
                        break;
                    case 5 when managed.Current is not null:
                        long room = random.Next(10) == 0 ? length : ids.Length, left;
                        status = winnow_pruner_unobserved(handle, epoch, into, Math.Min(room, ids.Length), &left);
                        if (status != Ok)
                        {
                            break;
                        }

                        var missing = new int[managed.Unobserved];
                        managed.CopyUnobserved(missing);
                        Assert.Equal(missing.Select(static id => (long)id), new Span<long>(into, (int)left).ToArray());
                        break;
                    default:
                        status = winnow_pruner_observe(handle, epoch, i, length, &signals);
                        if (status == Ok && count > 0)
                        {
                            managed.Observe(told);
                        }

                        break;
                }
            }

            Assert.InRange(status, BadHandle, Ok);
            if (status == Ok)
            {
                accepted++;
            }
            else
            {
                refused++;
            }

            if (status != Ok)
            {
                Assert.NotEqual("", LastError());
            }
        }

        Assert.True(accepted > 300 && refused > 300, $"{accepted} accepted, {refused} refused: too few of one to show anything");
        var found = StatisticsOf(pruner);
        var expected = managed.Statistics;
        Assert.Equal((expected.Planned, expected.Observed, expected.Repeated, expected.Refreshed, expected.NonFinite), (found.Planned, found.Observed, found.Repeated, found.Refreshed, found.NonFinite));
        Assert.Equal((expected.MeanLoss, expected.WeightedLoss, expected.StoredLoss), (found.MeanLoss, found.WeightedLoss, found.StoredLoss));
        var last = Plan(pruner, Epochs - 1);
        Assert.Equal(managed.Plan(Epochs - 1).Weights, Weights(last));
        Done(winnow_pruner_destroy(pruner));
        foreach (var plan in plans.Append(last))
        {
            Done(winnow_plan_free(plan));
        }
    }

    private static T Pick<T>(ref RngSequence random, params ReadOnlySpan<T> values) => values[(int)random.Next((uint)values.Length)];
}
