namespace Winnow.Geometry;

/// <summary>
/// Disjoint sets that any number of threads join at once, without locks. The root of a set is its smallest member, whatever the order of the joins, so that the
/// result doesn't depend on threads.
/// </summary>
internal sealed class UnionFind
{
    private readonly int[] _parents;

    /// <param name="count">Members 0 … count - 1, each alone.</param>
    public UnionFind(int count)
    {
        _parents = new int[count];
        for (var i = 0; i < count; i++)
        {
            _parents[i] = i;
        }
    }

    /// <summary>The smallest member of a set, once nobody joins any more; before that, one that was.</summary>
    public int Find(int member)
    {
        // Path halving; a parent is never larger than its child, so that a lost write loses only time.
        while (true)
        {
            var parent = Volatile.Read(ref _parents[member]);
            if (parent == member)
            {
                return member;
            }

            var grand = Volatile.Read(ref _parents[parent]);
            if (grand != parent)
            {
                Interlocked.CompareExchange(ref _parents[member], grand, parent);
            }

            member = grand;
        }
    }

    /// <summary>Makes one set of two.</summary>
    public void Join(int a, int b)
    {
        while (true)
        {
            (a, b) = (Find(a), Find(b));
            if (a == b)
            {
                return;
            }

            var (low, high) = (Math.Min(a, b), Math.Max(a, b));
            // Fails where another thread has hung the larger root elsewhere meanwhile.
            if (Interlocked.CompareExchange(ref _parents[high], low, high) == high)
            {
                return;
            }
        }
    }
}
