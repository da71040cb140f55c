using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// Work over blocks by threads that keep their buffers from one call to the next. Blocks are taken by whoever is free, so that a body may write only
/// to what belongs to its block.
/// </summary>
/// <param name="threads">How many threads at most; 0 means all cores.</param>
/// <param name="make">Makes a thread's buffers; they are disposed of with the workers where there is something to dispose of.</param>
internal sealed class BlockWorkers<T>(int threads, Func<T> make) : IDisposable
{
    private readonly ConcurrentBag<T> _free = [];

    /// <summary>How many threads there are at most, at least 1.</summary>
    public int Threads { get; } = Chunks.Threads(threads);

    /// <summary>The buffers that exist, between two calls.</summary>
    public IEnumerable<T> Idle => _free;

    /// <summary>Runs the body for 0 … count - 1.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; some blocks weren't done.</exception>
    public void For(int count, Action<int, T> body, CancellationToken cancellation = default) => For(count, alone: false, body, cancellation);

    /// <summary>Runs the body for 0 … count - 1, where <paramref name="alone"/> is true one after another on the caller's thread.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; some blocks weren't done.</exception>
    public void For(int count, bool alone, Action<int, T> body, CancellationToken cancellation)
    {
        var workers = alone ? 1 : Threads;
        var next = -1;
        try
        {
            Chunks.For(Math.Min(count, workers), workers, _ =>
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
            (buffers as IDisposable)?.Dispose();
        }
    }
}

/// <summary>What threads have that need no buffers.</summary>
internal readonly struct NoBuffers;
