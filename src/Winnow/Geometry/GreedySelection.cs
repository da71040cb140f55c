using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>An item selected by a greedy selection.</summary>
/// <param name="Id">The item.</param>
/// <param name="Gain">What it added to the function's value.</param>
public readonly record struct GreedyPick(int Id, double Gain);

/// <summary>
/// Greedy selection: each time the item that adds most, the lowest id where several do. Items come one by one, best first, so that a selection's beginning is a smaller
/// one; whoever has enough stops asking. The function keeps what was selected.
/// </summary>
public static class GreedySelection
{
    // Asked for at once in one step of the lazy way at most, in multiples of what the function would like.
    private const int MostBatches = 8;

    /// <summary>Looks at every item at each step: count × n gains.</summary>
    /// <param name="function">The function, with nothing selected.</param>
    /// <param name="count">How many to select, from 0 to n.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">count isn't in that range.</exception>
    public static IEnumerable<GreedyPick> Naive(ISetFunction function, int count, CancellationToken cancellation = default)
    {
        Check(function, count);
        return Steps();

        IEnumerable<GreedyPick> Steps()
        {
            List<int> rest = [.. Enumerable.Range(0, function.Count)];
            for (var step = 0; step < count; step++)
            {
                int[] items = [.. rest];
                var pick = Best(function, items, cancellation);
                function.Add(pick.Id);
                rest.Remove(pick.Id);
                yield return pick;
            }
        }
    }

    /// <summary>
    /// Looks again only at items whose gain, as it was, is still the largest (Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978), a few at once: for
    /// a submodular function the same items and gains as <see cref="Naive"/>.
    /// </summary>
    /// <param name="function">The function, with nothing selected.</param>
    /// <param name="count">How many to select, from 0 to n.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">count isn't in that range.</exception>
    public static IEnumerable<GreedyPick> Lazy(ISetFunction function, int count, CancellationToken cancellation = default)
    {
        Check(function, count);
        return Steps();

        IEnumerable<GreedyPick> Steps()
        {
            if (count == 0)
            {
                yield break;
            }

            int[] items = [.. Enumerable.Range(0, function.Count)];
            var gains = new double[items.Length];
            function.Gains(items, gains, cancellation);
            // By the gain, the largest first, of equal ones the lowest id.
            PriorityQueue<int, (double Loss, int Id)> heap = new(items.Select(id => (id, (-gains[id], id))));
            var fresh = new int[items.Length];
            List<int> stale = [];
            for (var step = 0; step < count; step++)
            {
                // Gains told at this step are marked by it. Where many are stale, they are asked for in ever larger groups.
                for (var group = function.Batch; fresh[heap.Peek()] != step; group = Math.Min(2 * group, MostBatches * function.Batch))
                {
                    stale.Clear();
                    while (stale.Count < group && heap.Count > 0 && fresh[heap.Peek()] != step)
                    {
                        stale.Add(heap.Dequeue());
                    }

                    int[] asked = [.. stale];
                    function.Gains(asked, gains.AsSpan(0, asked.Length), cancellation);
                    for (var i = 0; i < asked.Length; i++)
                    {
                        fresh[asked[i]] = step;
                        heap.Enqueue(asked[i], (-gains[i], asked[i]));
                    }
                }

                heap.TryDequeue(out var best, out var priority);
                function.Add(best);
                yield return new(best, -priority.Loss);
            }
        }
    }

    /// <summary>
    /// At each step looks at a random part of the items, (n/count)·ln(1/epsilon) of them (Mirzasoleiman et al., "Lazier than lazy greedy", AAAI 2015): n·ln(1/epsilon) gains
    /// altogether, and on average at least 1 - 1/e - epsilon of the best for a monotone function.
    /// </summary>
    /// <param name="function">The function, with nothing selected.</param>
    /// <param name="count">How many to select, from 0 to n.</param>
    /// <param name="seed">The seed of the parts.</param>
    /// <param name="epsilon">In (0, 1). Default 0.1; apricot and DeepCore have .9, which looks at a single random item where count is a tenth of n.</param>
    /// <param name="cancellation">Ends the work by an exception.</param>
    /// <exception cref="ArgumentException">count or epsilon isn't in its range.</exception>
    public static IEnumerable<GreedyPick> Stochastic(ISetFunction function, int count, ulong seed, double epsilon = 0.1, CancellationToken cancellation = default)
    {
        Check(function, count);
        var part = PartSize(function.Count, count, epsilon);
        return Steps();

        IEnumerable<GreedyPick> Steps()
        {
            int[] rest = [.. Enumerable.Range(0, function.Count)];
            var random = Rng.Derive(seed, 0, "stochastic greedy").Sequence();
            for (int step = 0, left = rest.Length; step < count; step++, left--)
            {
                var now = Math.Min(part, left);
                for (var i = 0; i < now; i++)
                {
                    var place = i + (int)random.Next((uint)(left - i));
                    (rest[i], rest[place]) = (rest[place], rest[i]);
                }

                var pick = Best(function, rest.AsSpan(0, now), cancellation);
                var at = Array.IndexOf(rest, pick.Id, 0, now);
                (rest[at], rest[left - 1]) = (rest[left - 1], rest[at]);
                function.Add(pick.Id);
                yield return pick;
            }
        }
    }

    /// <summary>How many items a step of the stochastic way looks at.</summary>
    /// <param name="items">n.</param>
    /// <param name="count">How many are selected.</param>
    /// <param name="epsilon">In (0, 1).</param>
    /// <exception cref="ArgumentException">epsilon isn't in its range.</exception>
    public static int PartSize(int items, int count, double epsilon)
    {
        if (!(epsilon is > 0 and < 1))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"epsilon={epsilon}: it must be above 0 and below 1; 0.1 is usual, smaller looks at more"), nameof(epsilon));
        }

        return (int)Math.Min(items, Math.Ceiling((double)items / Math.Max(1, count) * Math.Log(1 / epsilon)));
    }

    private static void Check(ISetFunction function, int count)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (count < 0 || count > function.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{count} items to be selected of {function.Count}: there can be 0 to {function.Count}"), nameof(count));
        }
    }

    private static GreedyPick Best(ISetFunction function, ReadOnlySpan<int> items, CancellationToken cancellation)
    {
        var gains = new double[items.Length];
        function.Gains(items, gains, cancellation);
        var best = 0;
        for (var i = 1; i < gains.Length; i++)
        {
            if (gains[i] > gains[best] || (gains[i] == gains[best] && items[i] < items[best]))
            {
                best = i;
            }
        }

        return new(items[best], gains[best]);
    }
}
