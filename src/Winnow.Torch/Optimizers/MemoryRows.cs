using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>
/// Parameters as the fused kernels take them. Those go through memory, whatever the strides say: with a parameter in channels-last order and a gradient in the usual one, or
/// the other way round, libtorch 2.10 steps the wrong elements and says nothing. What isn't row by row they also copy first, at a third of a step's cost. Seen through a
/// permutation of its dimensions, a tensor in channels-last order is row by row: what matches stays matched, and nothing is copied.
/// </summary>
internal static class MemoryRows
{
    /// <summary>Views that are row by row; they belong to the current scope. To be called without autograd.</summary>
    /// <param name="ready">Parameters, gradients and what is remembered, of equal shapes.</param>
    /// <param name="others">Those whose memory has gaps or another order, for which the kernels don't do.</param>
    public static List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> Of(
        List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> ready, out List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> others)
    {
        var rows = new List<(Tensor, Tensor, Tensor[])>(ready.Count);
        others = [];
        foreach (var one in ready)
        {
            var (parameter, gradient, state) = one;
            if (parameter.is_contiguous())
            {
                rows.Add((parameter, Contiguous(gradient), Matched(state, static tensor => tensor, static tensor => tensor.contiguous())));
            }
            else if (parameter.dim() == 4 && Turned(parameter) is var turned && turned.is_contiguous())
            {
                rows.Add((turned, Contiguous(Turned(gradient)), Matched(state, Turned, ChannelsLast.ToChannelsLast)));
            }
            else
            {
                others.Add(one);
            }
        }

        return rows;
    }

    private static Tensor Contiguous(Tensor tensor) => tensor.is_contiguous() ? tensor : tensor.contiguous();

    private static Tensor Turned(Tensor tensor) => tensor.permute(0, 2, 3, 1);

    // What is remembered was laid out like the parameter when the optimiser was made, and the parameter may have been put into another order since.
    private static Tensor[] Matched(Tensor[] state, Func<Tensor, Tensor> view, Func<Tensor, Tensor> reorder) => Array.ConvertAll(state, tensor =>
    {
        if (view(tensor) is var row && row.is_contiguous())
        {
            return row;
        }

        tensor.set_(reorder(tensor));
        return view(tensor);
    });
}
