using System.Diagnostics;

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
                var (one, other) = (new List<double>(), new List<double>());
                for (var turn = -3; turn < 21 && (turn < 3 || one.Sum() + other.Sum() < 4000); turn++)
                {
                    stop.ThrowIfCancellationRequested();
                    var (a, b) = (Once(pair.Whole), Once(pair.Small));
                    if (turn >= 0)
                    {
                        one.Add(a);
                        other.Add(b);
                    }
                }

                first.Add(new(batch, count, Median(one)));
                second.Add(new(batch, count, Median(other)));
            }
        }

        return ([.. first], [.. second]);
    }

    private static double Once(Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <summary>Two networks and a batch.</summary>
    internal interface IPair : IDisposable
    {
        void Whole();

        void Small();
    }
}
