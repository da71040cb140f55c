namespace Winnow.Torch;

/// <summary>
/// Keeps a loop's native memory together. Every operator that takes a number (an addition, batch normalisation's counter) makes a small native object in TorchSharp that only
/// a finaliser frees, and a training loop allocates so little managed memory that finalisers may not run for thousands of steps. Meanwhile these objects lie
/// between activations and keep freed blocks from growing together: the process takes three times the memory it needs (250 to 860 MB in a minute, seen with a
/// small ResNet) and computes on memory that no cache knows. Collecting the youngest generation every few steps costs some ten microseconds a step.
/// </summary>
internal static class StepMemory
{
    /// <summary>Steps between collections: few enough for the heap to stay together, and so many that they cost nothing.</summary>
    private const int Interval = 32;

    [ThreadStatic]
    private static int s_steps;

    [ThreadStatic]
    private static int s_collections;

    /// <summary>To be called after each step of a loop, trained or evaluated: every 32nd call collects the youngest generation, unless that has happened meanwhile.</summary>
    public static void Sweep()
    {
        var collections = GC.CollectionCount(0);
        if (collections != s_collections)
        {
            (s_steps, s_collections) = (0, collections);
        }
        else if (++s_steps >= Interval)
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            (s_steps, s_collections) = (0, GC.CollectionCount(0));
        }
    }
}
