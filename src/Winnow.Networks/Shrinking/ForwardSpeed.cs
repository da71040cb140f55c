using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>Milliseconds of a batch sent forward by two networks.</summary>
/// <param name="Batch">Samples.</param>
/// <param name="Threads">Threads computed with.</param>
/// <param name="Whole">The first network's median.</param>
/// <param name="Small">The other's.</param>
public sealed record ForwardSpeed(int Batch, int Threads, double Whole, double Small)
{
    private const int FewestPairs = 3, MostPairs = 21;

    private const double MostMilliseconds = 4000;

    /// <summary>The batches that are measured: a single sample, and what servers and evaluations send.</summary>
    public static IReadOnlyList<int> Batches { get; } = [1, 128];

    /// <summary>
    /// Sends batches through two networks by turns, so that whatever else the machine does meets both: of one sample and of 128, on one thread and on more. Medians of at most 21 each, and
    /// of at least 3 where those would take more than four seconds. The number of threads is as before when this returns.
    /// </summary>
    /// <param name="whole">A network, in evaluation mode.</param>
    /// <param name="small">Another.</param>
    /// <param name="inputs">Gives a batch of so many samples that both take.</param>
    /// <param name="threads">The larger number of threads, at least 1.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static IReadOnlyList<ForwardSpeed> ByTurns(nn.Module<Tensor, Tensor> whole, nn.Module<Tensor, Tensor> small, Func<int, Tensor> inputs, int threads, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(small);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var before = TorchRuntime.Threads;
        try
        {
            var measured = new List<ForwardSpeed>();
            foreach (var count in new[] { 1, threads }.Distinct())
            {
                TorchRuntime.Threads = count;
                foreach (var batch in Batches)
                {
                    using var scope = NewDisposeScope();
                    using var silent = no_grad();
                    var samples = inputs(batch);
                    var (one, other) = Medians(() => whole.call(samples).Dispose(), () => small.call(samples).Dispose(), stop);
                    measured.Add(new(batch, count, one, other));
                }
            }

            return measured;
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }

    /// <summary>Milliseconds of two actions by turns: medians, after some turns that don't count.</summary>
    /// <param name="whole">An action.</param>
    /// <param name="small">Another.</param>
    /// <param name="stop">Stops between two turns.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (double Whole, double Small) Medians(Action whole, Action small, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(small);
        var turns = Turns.Time(whole, small, FewestPairs, MostPairs, MostMilliseconds, TimeProvider.System, stop);
        return (Median(turns.ConvertAll(static turn => turn.Whole)), Median(turns.ConvertAll(static turn => turn.Small)));
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
