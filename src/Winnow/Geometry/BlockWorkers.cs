using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// Work over blocks by threads that keep their buffers from one call to the next. Blocks are taken by whoever is free, so that a body may write only
/// to what belongs to its block.
/// </summary>
/// <param name="threads">How many threads at most; 0 means all cores.</param>
/// <param name="make">Makes a thread's buffers.</param>
internal sealed class BlockWorkers<T>(int threads, Func<T> make) : IDisposable where T : IDisposable
{
    private readonly ConcurrentBag<T> _free = [];

    /// <summary>How many threads there are at most, at least 1.</summary>
    public int Threads { get; } = threads > 0 ? threads : Environment.ProcessorCount;

    /// <summary>Runs the body for 0 … count - 1.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; some blocks weren't done.</exception>
    public void For(int count, Action<int, T> body, CancellationToken cancellation = default)
    {
        var next = -1;
        try
        {
            Chunks.For(Math.Min(count, Threads), Threads, _ =>
            {
                if (!_free.TryTake(out var buffers))
                {
                    buffers = make();
                }

                try
                {
                    int block;
                    while (!cancellation.IsCancellationRequested && (block = Interlocked.Increment(ref next)) < count)
                    {
                        body(block, buffers);
                    }
                }
                finally
                {
                    _free.Add(buffers);
                }
            });
        }
        catch (AggregateException several)
        {
            // A caller shouldn't have to know on how many threads something went wrong.
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_free.TryTake(out var buffers))
        {
            buffers.Dispose();
        }
    }
}
