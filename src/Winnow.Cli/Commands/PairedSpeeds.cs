using Winnow.Networks.Shrinking;

namespace Winnow.Cli.Commands;

/// <summary>Milliseconds of a batch by either of two networks, by turns, so that whatever else the machine does meets both.</summary>
internal static class PairedSpeeds
{
    /// <param name="batches">Sizes of batches.</param>
    /// <param name="threads">The most threads; one is measured, too.</param>
    /// <param name="prepare">Given threads and the batch, makes what runs either network once; disposed of afterwards.</param>
    /// <param name="stop">Stops between two batches.</param>
    public static (Speed[] Whole, Speed[] Small) Of(int[] batches, int threads, Func<int, int, IPair> prepare, CancellationToken stop)
    {
        var (first, second) = (new List<Speed>(), new List<Speed>());
        foreach (var count in new[] { 1, threads }.Distinct())
        {
            foreach (var batch in batches)
            {
                using var pair = prepare(count, batch);
                var (one, other) = ForwardSpeed.Medians(pair.Whole, pair.Small, stop);
                first.Add(new(batch, count, one));
                second.Add(new(batch, count, other));
            }
        }

        return ([.. first], [.. second]);
    }

    /// <summary>Two networks and a batch.</summary>
    internal interface IPair : IDisposable
    {
        void Whole();

        void Small();
    }
}
