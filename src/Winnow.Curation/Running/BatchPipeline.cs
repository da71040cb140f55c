using System.Collections.Concurrent;
using Winnow.Curation.Documents;

namespace Winnow.Curation.Running;

/// <summary>
/// Works on the batches of a shard by several threads and takes the results in the order of the records: what is made of a shard doesn't depend on how many threads there were. The calling thread reads
/// and takes; the others work.
/// </summary>
internal static class BatchPipeline
{
    /// <summary>Works through a shard.</summary>
    /// <param name="reader">Where the records come from.</param>
    /// <param name="fields">What of them is looked at; null for nothing.</param>
    /// <param name="threads">How many work.</param>
    /// <param name="makeWorker">Makes what one thread works with; it is used by one at a time.</param>
    /// <param name="work">Takes a worker and a parsed batch.</param>
    /// <param name="take">Takes a batch and its result, in order, on the calling thread.</param>
    /// <param name="stop">Ends it between two batches.</param>
    /// <typeparam name="TWorker">What a thread works with.</typeparam>
    /// <typeparam name="TResult">What becomes of a batch.</typeparam>
    public static void Run<TWorker, TResult>(
        RecordReader reader, RecordFields? fields, int threads, Func<TWorker> makeWorker, Func<TWorker, RecordBatch, TResult> work, Action<RecordBatch, TResult> take, CancellationToken stop)
    {
        var workers = new ConcurrentBag<(RecordParser? Parser, TWorker Worker)>();
        var batches = new Stack<RecordBatch>();
        var inFlight = new Queue<(RecordBatch Batch, Task<TResult> Result)>();
        var factory = new TaskFactory(stop, TaskCreationOptions.None, TaskContinuationOptions.None, new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                if (!batches.TryPop(out var batch))
                {
                    batch = new();
                }

                if (!reader.Read(batch))
                {
                    break;
                }

                inFlight.Enqueue((batch, factory.StartNew(() => Work(batch))));
                if (inFlight.Count > threads + 1)
                {
                    Take();
                }
            }

            while (inFlight.Count > 0)
            {
                Take();
            }
        }
        finally
        {
            // Nobody works on a batch any more when this returns, whatever ended it.
            foreach (var (_, result) in inFlight)
            {
                ((IAsyncResult)result).AsyncWaitHandle.WaitOne();
            }
        }

        void Take()
        {
            var (batch, result) = inFlight.Dequeue();
            take(batch, result.GetAwaiter().GetResult());
            batches.Push(batch);
        }

        TResult Work(RecordBatch batch)
        {
            if (!workers.TryTake(out var worker))
            {
                worker = (fields is null ? null : new RecordParser(fields), makeWorker());
            }

            if (!batch.IsParsed)
            {
                worker.Parser?.Parse(batch);
            }

            var result = work(worker.Worker, batch);
            workers.Add(worker);
            return result;
        }
    }
}
