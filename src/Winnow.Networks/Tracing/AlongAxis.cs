using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>What tracing and shrinking ask of one axis of a tensor.</summary>
internal static class AlongAxis
{
    /// <summary>The sum over all other axes; a tensor of the current dispose scope.</summary>
    public static Tensor Sum(Tensor tensor, int axis)
    {
        var others = Enumerable.Range(0, (int)tensor.dim()).Where(other => other != axis).Select(static other => (long)other).ToArray();
        return others.Length == 0 ? tensor : tensor.sum(others);
    }

    /// <summary>The indices at which anything is true.</summary>
    /// <param name="flags">Truth values.</param>
    /// <param name="axis">The axis, from 0.</param>
    public static IEnumerable<int> Touched(Tensor flags, int axis)
    {
        using var scope = NewDisposeScope();
        var along = Sum(flags.to(int32), axis).gt(0).cpu().contiguous().data<bool>().ToArray();
        return Enumerable.Range(0, along.Length).Where(index => along[index]);
    }

    /// <summary>Leaves of a tensor some indices, in place and without gradient; within no_grad.</summary>
    public static void Keep(Tensor whole, int axis, int[] kept)
    {
        using var places = Places(kept, whole.device);
        using var part = whole.index_select(axis, places);
        whole.set_(part);
        whole.grad = null;
    }

    /// <summary>Indices as a tensor, which is the caller's to dispose of.</summary>
    public static Tensor Places(int[] indices, Device device) => tensor(Array.ConvertAll(indices, static index => (long)index), device: device);
}
