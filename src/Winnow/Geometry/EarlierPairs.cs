namespace Winnow.Geometry;

/// <summary>Takes the products of one place with some places before it.</summary>
/// <param name="place">The place.</param>
/// <param name="first">The first of the places before it.</param>
/// <param name="count">How many, one after another.</param>
/// <param name="products">The products.</param>
internal unsafe delegate void EarlierVisitor(int place, int first, int count, float* products);

/// <summary>
/// All pairs of rows within groups, a later one with the earlier ones, by blocks: memory doesn't grow with the size of a group. Small groups are shared out
/// among the threads whole; of a large one, the threads share the later rows of each block of earlier ones.
/// </summary>
/// <param name="rows">The rows.</param>
/// <param name="order">The rows at each place, group after group.</param>
/// <param name="starts">Where each group begins, and behind the last, where it ends.</param>
/// <param name="threads">How many threads at most; 0 means all cores.</param>
internal sealed unsafe class EarlierPairs(RowView rows, int[] order, int[] starts, int threads)
{
    /// <summary>Earlier rows that are packed at a time, and the largest small group.</summary>
    public const int Block = 4096;

    /// <summary>Visits the pairs of the wanted places with the places before them, those of one place in ascending order and by one thread at a time.</summary>
    /// <param name="wanted">Places, ascending; null for all.</param>
    /// <param name="ordered">Whether a place's pairs with a block have to come after all pairs of the places before it with that block and those before.</param>
    /// <param name="visit">Gets the products.</param>
    /// <param name="progress">Is told the share that is done, on the caller's thread.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void Run(int[]? wanted, bool ordered, EarlierVisitor visit, Action<double>? progress, CancellationToken cancellation)
    {
        var path = VectorPaths.Current;
        List<int> small = [], large = [];
        double total = 0, done = 0;
        var largest = 1;
        for (var g = 0; g + 1 < starts.Length; g++)
        {
            var size = starts[g + 1] - starts[g];
            total += (double)size * size;
            if (size > 1)
            {
                (size <= Block ? small : large).Add(g);
                largest = size <= Block ? Math.Max(largest, size) : largest;
            }
        }

        using BlockWorkers<Buffers> workers = new(threads, () => new(path, rows.Width, largest));
        var step = 64 * workers.Threads;
        for (var from = 0; from < small.Count; from += step)
        {
            var first = from;
            workers.For(Math.Min(step, small.Count - from), (i, buffers) =>
            {
                int start = starts[small[first + i]], end = starts[small[first + i] + 1];
                var later = Later(wanted, start, end);
                if (later.Length > 0)
                {
                    buffers.Earlier.Load(rows, order.AsMemory(start, end - start), CancellationToken.None);
                    for (var b = 0; b < TileWorker.Blocks(later.Length); b++)
                    {
                        Multiply(buffers, buffers.Earlier, start, Part(later, b), visit);
                    }
                }
            }, cancellation);
            for (var i = first; i < Math.Min(small.Count, first + step); i++)
            {
                done += Math.Pow(starts[small[i] + 1] - starts[small[i]], 2);
            }

            progress?.Invoke(done / total);
        }

        if (large.Count > 0)
        {
            using PackedRows earlier = new(path, rows.Width, Block, threads);
            foreach (var g in large)
            {
                Large(workers, earlier, starts[g], starts[g + 1], Later(wanted, starts[g], starts[g + 1]), ordered, visit, cancellation);
                done += Math.Pow(starts[g + 1] - starts[g], 2);
                progress?.Invoke(done / total);
            }
        }
    }

    private void Large(BlockWorkers<Buffers> workers, PackedRows earlier, int start, int end, ReadOnlyMemory<int> later, bool ordered, EarlierVisitor visit, CancellationToken cancellation)
    {
        for (var first = start; first < end && later.Length > 0; first += Block)
        {
            var count = Math.Min(Block, end - first);
            earlier.Load(rows, order.AsMemory(first, count), cancellation);
            var from = first;
            var rest = later[Behind(later.Span, first + 1)..];
            var blocks = TileWorker.Blocks(rest.Length);
            // Rows of the block itself may have to wait for one another; those behind it never.
            var inside = ordered ? Math.Min(blocks, TileWorker.Blocks(Behind(rest.Span, first + count))) : 0;
            workers.For(inside, alone: true, (b, buffers) => Multiply(buffers, earlier, from, Part(rest, b), visit), cancellation);
            workers.For(blocks - inside, (b, buffers) => Multiply(buffers, earlier, from, Part(rest, inside + b), visit), cancellation);
        }
    }

    private void Multiply(Buffers buffers, PackedRows earlier, int first, ReadOnlyMemory<int> places, EarlierVisitor visit)
    {
        for (var i = 0; i < places.Length; i++)
        {
            buffers.Ids[i] = order[places.Span[i]];
        }

        buffers.Tiles.Load(rows, buffers.Ids.AsSpan(0, places.Length));
        buffers.Tiles.Multiply(earlier, 0, Math.Min(earlier.Count, places.Span[^1] - first), (column, columns, tile) =>
        {
            var later = places.Span;
            for (var i = 0; i < later.Length; i++)
            {
                var count = Math.Min(columns, later[i] - (first + column));
                if (count > 0)
                {
                    visit(later[i], first + column, count, tile + (i * TileWorker.Columns));
                }
            }
        });
    }

    private static ReadOnlyMemory<int> Part(ReadOnlyMemory<int> places, int block) =>
        places.Slice(block * TileWorker.Rows, Math.Min(TileWorker.Rows, places.Length - (block * TileWorker.Rows)));

    // The wanted places of a group but for its first, which has none before it.
    private static ReadOnlyMemory<int> Later(int[]? wanted, int start, int end)
    {
        if (wanted is null)
        {
            var all = new int[end - start - 1];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = start + 1 + i;
            }

            return all;
        }

        var from = Behind(wanted, start + 1);
        return wanted.AsMemory(from, Behind(wanted, end) - from);
    }

    // How many of ascending places are below one.
    private static int Behind(ReadOnlySpan<int> places, int place)
    {
        var found = places.BinarySearch(place);
        return found >= 0 ? found : ~found;
    }

    private sealed class Buffers(VectorPath path, int width, int earlier) : IDisposable
    {
        public TileWorker Tiles { get; } = new(path, width);

        public PackedRows Earlier { get; } = new(path, width, earlier, 1);

        public int[] Ids { get; } = new int[TileWorker.Rows];

        public void Dispose()
        {
            Tiles.Dispose();
            Earlier.Dispose();
        }
    }
}
