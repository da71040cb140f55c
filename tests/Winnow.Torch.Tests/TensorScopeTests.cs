using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class TensorScopeTests
{
    [TorchFact]
    public void The_end_of_a_scope_releases_what_was_made_in_it()
    {
        var before = Tensor.LiveCount;
        Tensor tensor;
        using (new TensorScope())
        {
            tensor = Ops.Ones([3]);
            Assert.Equal(before + 1, Tensor.LiveCount);
        }

        Assert.True(tensor.IsDisposed);
        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void Scopes_nest_and_results_move_outwards()
    {
        var before = Tensor.LiveCount;
        using (var outer = new TensorScope())
        {
            Tensor result, gone;
            using (new TensorScope())
            {
                gone = Ops.Ones([3]);
                result = outer.Adopt(Ops.Add(gone, 1));
                Assert.Same(result, outer.Adopt(result));
            }

            Assert.True(gone.IsDisposed);
            Assert.Equal([2, 2, 2], result.ToArray<float>());
        }

        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void A_kept_tensor_belongs_to_the_caller()
    {
        Tensor kept;
        using (new TensorScope())
        {
            kept = Ops.Ones([1]).Keep();
        }

        Assert.Equal(1, kept.ToDouble());
        kept.Dispose();
        Assert.True(kept.IsDisposed);
    }

    [TorchFact]
    public void An_unscoped_tensor_can_be_adopted()
    {
        var tensor = Ops.Ones([1]);
        using (var scope = new TensorScope())
        {
            scope.Adopt(tensor);
        }

        Assert.True(tensor.IsDisposed);
    }

    [TorchFact]
    public void Early_release_inside_a_scope_is_no_double_release_and_leaves_no_holes()
    {
        var before = Tensor.LiveCount;
        using (new TensorScope())
        {
            var first = Ops.Ones([1]);
            for (var i = 0; i < 1000; i++)
            {
                using var second = Ops.Ones([1]);
            }

            var third = Ops.Ones([1]);
            first.Dispose();
            var fourth = Ops.Ones([1]);
            third.Dispose();
            fourth.Dispose();
            Assert.Equal(before, Tensor.LiveCount);
            Ops.Ones([1]);
        }

        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void An_exception_on_the_way_releases_everything()
    {
        var before = Tensor.LiveCount;
        Assert.Throws<TorchException>(() =>
        {
            using var outer = new TensorScope();
            var a = Ops.Ones([3]);
            using var inner = new TensorScope();
            Ops.Add(a, Ops.Ones([2]));
        });
        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void Ending_scopes_in_another_order_is_refused()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
        outer.Dispose();
        using var late = Ops.Ones([1]);
        Assert.Throws<ObjectDisposedException>(() => outer.Adopt(late));
    }

    [TorchFact]
    public void A_scope_concerns_only_its_own_thread()
    {
        Tensor? other = null;
        using (new TensorScope())
        {
            var thread = new Thread(() => other = Ops.Ones([2]));
            thread.Start();
            thread.Join();
        }

        Assert.False(other!.IsDisposed);
        other.Dispose();
    }

    [TorchFact]
    public void Arguments_are_not_finalised_during_a_call()
    {
        // Nothing but the argument list refers to the operands: with finalisers running all the time, a binding that hands over bare
        // pointers crashes or computes with freed memory here.
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        for (var i = 0; i < 300; i++)
        {
            using var sum = Ops.Cat([Ops.Full([4096], i), Ops.Full([4096], 2 * i)]);
            using var total = Ops.Sum(sum);
            Assert.Equal(4096.0 * 3 * i, total.ToDouble());
        }

        stop.Cancel();
        collector.Join();
    }

    [TorchFact]
    public void Forgotten_tensors_are_found_by_the_collector_before_memory_runs_out()
    {
        var before = Tensor.LiveCount;
        long most = 0;
        for (var i = 0; i < 1000; i++)
        {
            Ops.Ones([1 << 20]);
            most = Math.Max(most, Tensor.LiveCount - before);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(most < 1000, "no forgotten tensor was ever released");
    }
}
