using System.Runtime.CompilerServices;

namespace Winnow.Torch.Tests;

public sealed class StepMemoryTests
{
    [Fact]
    public void What_a_step_leaves_to_finalisers_is_collected_after_some_steps()
    {
        var leftover = Leave();

        // Twice as many as one needs: a collection of another test, just before, puts the next one off.
        for (var step = 0; step <= 64; step++)
        {
            StepMemory.Sweep();
        }

        Assert.False(leftover.TryGetTarget(out _));
    }

    [Fact]
    public void Where_collections_happen_anyway_none_is_added()
    {
        GC.Collect(0);
        StepMemory.Sweep();
        var before = GC.CollectionCount(0);
        for (var step = 0; step < 100; step++)
        {
            // As if the program allocated so much that the runtime collects at every step.
            GC.Collect(0);
            StepMemory.Sweep();
        }

        Assert.Equal(100, GC.CollectionCount(0) - before, 5.0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<object> Leave() => new(new object());
}
