using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// For each of many queries the so many smallest values seen so far, each with an id, as heaps whose first is the worst: the largest value, of equal ones
/// the highest id. A query's values may come in any order; two threads may not write to one query.
/// </summary>
internal sealed unsafe class CandidateLists(int queries, int capacity) : IDisposable
{
    private readonly NativeBuffer<float> _values = new(checked(queries * capacity));
    private readonly NativeBuffer<int> _ids = new(checked(queries * capacity));
    private readonly int[] _counts = new int[queries];

    /// <summary>Bytes for so many.</summary>
    public static double Bytes(int queries, int capacity) => queries * ((8.0 * capacity) + 4);

    /// <summary>What a value has to be below to be taken for certain not to be the worst of a full list; an equal value with a lower id comes in by <see cref="Offer"/>, too.</summary>
    public float Limit(int query) => _counts[query] < capacity ? float.PositiveInfinity : _values.Pointer[(nint)query * capacity];

    /// <summary>A query's ids, in no order.</summary>
    public ReadOnlySpan<int> Ids(int query) => new(_ids.Pointer + ((nint)query * capacity), _counts[query]);

    /// <summary>Takes a value if it is among the smallest.</summary>
    public void Offer(int query, float value, int id)
    {
        var values = _values.Pointer + ((nint)query * capacity);
        var ids = _ids.Pointer + ((nint)query * capacity);
        ref var count = ref _counts[query];
        if (count < capacity)
        {
            Up(values, ids, count++, value, id);
        }
        else if (capacity > 0 && Worse(values[0], ids[0], value, id))
        {
            Down(values, ids, value, id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _ids.Dispose();
    }

    private static bool Worse(float value, int id, float other, int otherId) => value > other || (value == other && id > otherId);

    private static void Up(float* values, int* ids, int at, float value, int id)
    {
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!Worse(value, id, values[parent], ids[parent]))
            {
                break;
            }

            (values[at], ids[at]) = (values[parent], ids[parent]);
            at = parent;
        }

        (values[at], ids[at]) = (value, id);
    }

    private void Down(float* values, int* ids, float value, int id)
    {
        var at = 0;
        for (var child = 1; child < capacity; child = (2 * at) + 1)
        {
            if (child + 1 < capacity && Worse(values[child + 1], ids[child + 1], values[child], ids[child]))
            {
                child++;
            }

            if (!Worse(values[child], ids[child], value, id))
            {
                break;
            }

            (values[at], ids[at]) = (values[child], ids[child]);
            at = child;
        }

        (values[at], ids[at]) = (value, id);
    }
}
