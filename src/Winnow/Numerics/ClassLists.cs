using System.Buffers;
using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>
/// The samples grouped by class, in the order of their ids within a class, with a weight each, in rented memory: what is decided class by
/// class is written to neighbouring places and goes back to the samples in one pass.
/// </summary>
internal sealed class ClassLists : IDisposable
{
    private readonly int[] _ids, _ends;
    private readonly float[] _weights;
    private readonly int _count;

    /// <summary>Groups samples by their labels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ClassLists(ReadOnlySpan<int> labels, int classes)
    {
        _count = labels.Length;
        _ids = ArrayPool<int>.Shared.Rent(_count);
        _weights = ArrayPool<float>.Shared.Rent(_count);
        Sizes = new int[classes];
        foreach (var label in labels)
        {
            Sizes[label]++;
        }

        _ends = new int[classes];
        for (var c = 1; c < classes; c++)
        {
            _ends[c] = _ends[c - 1] + Sizes[c - 1];
        }

        for (var i = 0; i < labels.Length; i++)
        {
            _ids[_ends[labels[i]]++] = i;
        }
    }

    /// <summary>How many samples each class has.</summary>
    public int[] Sizes { get; }

    /// <summary>The weights of a class's samples.</summary>
    public Span<float> WeightsOf(int label) => _weights.AsSpan(_ends[label] - Sizes[label], Sizes[label]);

    /// <summary>Writes each weight to its sample's place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scatter(Span<float> weights)
    {
        ReadOnlySpan<int> ids = _ids.AsSpan(0, _count);
        ReadOnlySpan<float> grouped = _weights.AsSpan(0, ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            weights[ids[i]] = grouped[i];
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_ids);
        ArrayPool<float>.Shared.Return(_weights);
    }
}
