namespace Winnow.Numerics;

/// <summary>
/// Work over fixed chunks of samples. The chunks, not the threads, decide how sums are grouped and which random numbers are used, so
/// that the number of threads never changes a result.
/// </summary>
internal static class Chunks
{
    /// <summary>Samples a chunk: losses, weights and flags of one chunk (9 bytes a sample) stay in a core's second-level cache.</summary>
    public const int Size = 1 << 16;

    /// <summary>How many chunks cover so many samples.</summary>
    public static int Count(int samples) => (int)(((long)samples + Size - 1) / Size);

    /// <summary>Where a chunk begins and how long it is.</summary>
    public static (int Start, int Length) Range(int chunk, int samples)
    {
        var start = (long)chunk * Size;
        return ((int)start, (int)Math.Min(Size, samples - start));
    }

    /// <summary>How many threads are meant; 0 means all the cores this process may use.</summary>
    public static int Threads(int threads) => threads > 0 ? threads : Environment.ProcessorCount;

    /// <summary>Runs the body for 0 … count - 1 on at most so many threads; 0 threads means all the cores this process may use.</summary>
    public static void For(int count, int threads, Action<int> body)
    {
        threads = Threads(threads);
        if (threads == 1 || count <= 1)
        {
            for (var i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
    }
}
