using System.Text;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

public unsafe class SavedStateTests
{
    private const int Count = 400, Epochs = 4;

    [LibraryTheory]
    [InlineData("infobatch")]
    [InlineData("epsilon-greedy")]
    public void A_run_that_is_saved_after_every_batch_goes_on_to_the_same_bits(string method)
    {
        ulong whole = Create(method, Count, Epochs, 7), parts = Create(method, Count, Epochs, 7);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var plan = Plan(whole, epoch);
            var order = Order(plan).ToArray();
            for (var start = 0; start < order.Length; start += 64)
            {
                var again = Plan(parts, epoch);
                Assert.Equal(order, Order(again).ToArray());
                Assert.Equal(Weights(plan).ToArray(), Weights(again).ToArray());
                Done(winnow_plan_free(again));
                long[] ids = [.. order.Skip(start).Take(64).Select(static id => (long)id)];
                float[] losses = [.. ids.Select(id => 3f / (1 + (id % 23)) / (epoch + 1))];
                Done(Observe(whole, epoch, ids, losses));
                Done(Observe(parts, epoch, ids, losses));
                var state = Save(parts);
                Done(winnow_pruner_destroy(parts));
                parts = Restore(method, state);
                int before, after;
                Done(winnow_pruner_is_observed(parts, epoch, start, ids.Length, &before));
                Assert.Equal(1, before);
                if (start + 64 < order.Length)
                {
                    Done(winnow_pruner_is_observed(parts, epoch, start + 1, ids.Length, &after));
                    Assert.Equal(0, after);
                }
            }

            Done(winnow_plan_free(plan));
        }

        Assert.Equal(StatisticsOf(whole), StatisticsOf(parts));
        Done(winnow_pruner_destroy(whole));
        Done(winnow_pruner_destroy(parts));
    }

    [LibraryFact]
    public void What_is_left_of_a_restored_epoch_can_be_asked_for_whatever_the_batches_were()
    {
        ulong pruner = Create("infobatch", Count, Epochs, 7), plan = Plan(pruner, 0), other;
        var order = Order(plan).ToArray();
        long[] observed = [.. order.Where(static (_, place) => place % 7 == 3).Select(static id => (long)id)];
        Done(Observe(pruner, 0, observed, new float[observed.Length]));
        var restored = Restore("infobatch", Save(pruner));
        long count;
        Done(winnow_pruner_unobserved(restored, 0, null, 0, &count));
        Assert.Equal(Count - observed.Length, count);
        var left = new long[count + 1];
        left[count] = -5;
        fixed (long* ids = left)
        {
            Refused(BadArgument, winnow_pruner_unobserved(restored, 0, ids, count - 1, &count), $"{Count - observed.Length} samples have no loss yet and there is room for");
            Refused(BadArgument, winnow_pruner_unobserved(restored, 0, ids, -1, &count), "the number of elements of ids is -1");
            Refused(BadArgument, winnow_pruner_unobserved(restored, 0, null, 3, &count), "ids is NULL");
            Refused(BadState, winnow_pruner_unobserved(restored, 1, ids, left.Length, &count), "current plan is of epoch 0");
            Done(winnow_pruner_unobserved(restored, 0, ids, left.Length, &count));
        }

        Assert.Equal(order.Where(static (_, place) => place % 7 != 3).Select(static id => (long)id), left[..^1]);
        Assert.Equal(-5, left[^1]);
        Done(Observe(restored, 0, left.AsSpan(0, (int)count), new float[count]));
        Done(winnow_pruner_unobserved(restored, 0, null, 0, &count));
        Assert.Equal((0, 0), (count, StatisticsOf(restored).Repeated));
        Done(winnow_pruner_plan(restored, 1, &other));
    }

    [LibraryFact]
    public void A_state_is_what_the_managed_core_writes_and_reads()
    {
        ulong pruner = Create("infobatch", Count, Epochs, 7), plan = Plan(pruner, 0);
        Done(Observe(pruner, 0, [5, 6], [1f, 2f]));
        var managed = Pruner.Restore(new MemoryStream(Save(pruner)), Count, PolicyCatalog.Parse("infobatch"), new PrunerOptions { Epochs = Epochs, Seed = 7 });
        Assert.Equal(Order(plan), managed.Current!.Order);
        var written = new MemoryStream();
        managed.Save(written);
        Assert.Equal(Save(pruner), written.ToArray());
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void A_state_with_a_keyed_order_is_refused_as_the_library_lists_its_orders()
    {
        var keyed = new Pruner(Count, PolicyCatalog.Parse("infobatch"), new PrunerOptions { Epochs = Epochs, Seed = 7, Order = PlanOrder.Keyed });
        keyed.Plan(0);
        var written = new MemoryStream();
        keyed.Save(written);
        Assert.Equal(BadCheckpoint, TryRestore("infobatch", written.ToArray(), out var pruner));
        Assert.Equal(0u, pruner);
        Assert.Contains("pruner.order", LastError(), StringComparison.Ordinal);
        Assert.Contains("keyed", LastError(), StringComparison.Ordinal);
    }

    [LibraryFact]
    public void States_that_are_torn_altered_or_of_another_run_are_refused()
    {
        ulong pruner = Create("infobatch", Count, Epochs, 7), other;
        byte[] state = Save(pruner), room = new byte[state.Length - 1];
        long bytes;
        fixed (byte* p = room)
        {
            Refused(BadArgument, winnow_pruner_save(pruner, p, room.Length, &bytes), $"takes {state.Length} bytes", $"room for {room.Length}");
        }

        fixed (byte* p = room)
        {
            Refused(BadArgument, winnow_pruner_save(pruner, p, -1, &bytes), "capacity is -1; it is at least 0");
        }

        Refused(BadArgument, winnow_pruner_save(pruner, null, 5, &bytes), "state is NULL");
        Assert.Equal(BadCheckpoint, TryRestore("infobatch:keep=0.25", state, out other));
        Assert.Contains("pruner.policy", LastError(), StringComparison.Ordinal);
        var random = Rng.Derive(3, 0, "tear").Sequence();
        for (var i = 0; i < 300; i++)
        {
            byte[] torn = state[..(int)random.Next((uint)state.Length)], altered = (byte[])state.Clone();
            altered[random.Next((uint)state.Length)] ^= (byte)(1 + random.Next(255));
            Assert.Equal(BadCheckpoint, TryRestore("infobatch", torn, out other));
            Assert.Equal(BadCheckpoint, TryRestore("infobatch", altered, out other));
            Assert.Equal(0u, other);
        }

        Done(winnow_pruner_destroy(pruner));
    }

    private static byte[] Save(ulong pruner)
    {
        long bytes;
        Done(winnow_pruner_save(pruner, null, 0, &bytes));
        var state = new byte[bytes];
        fixed (byte* p = state)
        {
            Done(winnow_pruner_save(pruner, p, bytes, &bytes));
        }

        Assert.Equal(state.Length, bytes);
        return state;
    }

    private static ulong Restore(string method, byte[] state)
    {
        Done(TryRestore(method, state, out var pruner));
        return pruner;
    }

    private static int TryRestore(string method, byte[] state, out ulong pruner)
    {
        var options = new Options { Size = (uint)sizeof(Options), Epochs = Epochs, Seed = 7 };
        // One more byte, so that an empty state has an address too.
        byte[] padded = [.. state, 0];
        fixed (byte* text = Encoding.UTF8.GetBytes(method + "\0"))
        fixed (byte* bytes = padded)
        fixed (ulong* result = &pruner)
        {
            return winnow_pruner_restore(text, Count, &options, bytes, state.Length, result);
        }
    }
}
