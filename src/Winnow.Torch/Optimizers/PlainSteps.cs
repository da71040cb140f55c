using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>The optimiser steps by single operators: what the fused ones are tested against, and what is used where they can't be called.</summary>
internal static class PlainSteps
{
    /// <summary>PyTorch's SGD without dampening. Sutskever et al. 2013.</summary>
    public static void Sgd(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> ready, SgdOptions options, double learningRate)
    {
        using var silent = no_grad();
        foreach (var (parameter, gradient, state) in ready)
        {
            using var scope = NewDisposeScope();
            var direction = options.WeightDecay > 0 ? gradient.add(parameter, options.WeightDecay) : gradient;
            if (options.Momentum > 0)
            {
                state[0].mul_(options.Momentum).add_(direction);
                direction = options.Nesterov ? direction.add(state[0], options.Momentum) : state[0];
            }

            parameter.add_(direction, -learningRate);
        }
    }

    /// <summary>PyTorch's AdamW. Loshchilov and Hutter 2019.</summary>
    public static void AdamW(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> ready, AdamWOptions options, double learningRate, long step)
    {
        using var silent = no_grad();
        var (first, second) = (1 - Math.Pow(options.Beta1, step), 1 - Math.Pow(options.Beta2, step));
        foreach (var (parameter, gradient, state) in ready)
        {
            using var scope = NewDisposeScope();
            parameter.mul_(1 - (learningRate * options.WeightDecay));
            state[0].mul_(options.Beta1).add_(gradient, 1 - options.Beta1);
            state[1].mul_(options.Beta2).addcmul_(gradient, gradient, 1 - options.Beta2);
            parameter.addcdiv_(state[0], state[1].sqrt().div_(Math.Sqrt(second)).add_(options.Epsilon), -learningRate / first);
        }
    }
}
