using System.Globalization;
using TorchSharp.Modules;
using Winnow.Torch.Optimizers;
using static TorchSharp.torch;

namespace Winnow.Networks.Masks;

/// <summary>What optimisers remember of each parameter, in tensors of the parameter's shape.</summary>
internal static class OptimizerMemory
{
    /// <summary>Of one of Winnow's optimisers: names end in the parameter's place.</summary>
    public static IEnumerable<(Parameter Parameter, Tensor Memory)> Of(IOptimizer optimizer)
    {
        var places = optimizer.Parameters.Select(static (parameter, place) => (parameter, place)).ToDictionary(static entry => entry.place.ToString(CultureInfo.InvariantCulture), static entry => entry.parameter, StringComparer.Ordinal);
        return optimizer.NamedState().Select(state => (places[state.Name[(state.Name.LastIndexOf('.') + 1)..]], state.Tensor));
    }

    /// <summary>Of one of TorchSharp's optimisers. What its state holds is told kind by kind: reflection would find nothing in a trimmed program.</summary>
    /// <exception cref="NetworkPruningException">The kind is none that is known here.</exception>
    public static IEnumerable<(Parameter Parameter, Tensor Memory)> Of(optim.Optimizer optimizer)
    {
        if (optimizer is not OptimizerHelper managed)
        {
            throw Unknown(optimizer);
        }

        foreach (var (parameter, state) in managed.parameters().Zip(managed.state_dict().State))
        {
            Tensor?[] memory = state switch
            {
                SGD.State s => [s.momentum_buffer],
                Adam.State s => [s.exp_avg, s.exp_avg_sq, s.max_exp_avg_sq],
                AdamW.State s => [s.exp_avg, s.exp_avg_sq, s.max_exp_avg_sq],
                NAdam.State s => [s.exp_avg, s.exp_avg_sq],
                RAdam.State s => [s.exp_avg, s.exp_avg_sq],
                Adamax.State s => [s.exp_avg, s.exp_inf],
                RMSProp.State s => [s.square_avg, s.momentum_buffer, s.grad_avg],
                Adagrad.State s => [s.sum],
                Adadelta.State s => [s.square_avg, s.acc_delta],
                _ => throw Unknown(optimizer),
            };
            foreach (var tensor in memory)
            {
                if (tensor is not null)
                {
                    yield return (parameter, tensor);
                }
            }
        }
    }

    private static NetworkPruningException Unknown(optim.Optimizer optimizer) => new(
        $"what {optimizer.GetType().Name} remembers isn't known here; use SGD, Adam, AdamW, NAdam, RAdam, Adamax, RMSProp, Adagrad, Adadelta or an optimiser of Winnow, or apply the masks to weights and gradients only.");
}
